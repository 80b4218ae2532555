import { createRoute, lazyRouteComponent } from "@tanstack/react-router";

import { enabledQuery } from "@/features/organisations/api";
import { strings } from "@/features/organisations/strings";
import { queryClient } from "@/lib/query";
import { projectRoute } from "@/routing/project-route";

export const TABS = ["members", "details"] as const;
export type Tab = (typeof TABS)[number];

/** `org`: the one that is open, or `new`. */
export type OrganisationsSearch = { search?: string; org?: string; tab?: Tab };

const text = (value: unknown) => (typeof value === "string" && value ? value : undefined);

export const organisationsRoute = createRoute({
  getParentRoute: () => projectRoute,
  path: "organisations",
  staticData: { title: strings.title },
  validateSearch: ({ search, org, tab }): OrganisationsSearch => ({
    search: typeof search === "number" ? String(search) : text(search),
    org: text(org),
    tab: TABS.find((each) => each === tab),
  }),
  loader: ({ params }) => queryClient.ensureQueryData(enabledQuery(params.project)),
  component: lazyRouteComponent(
    () => import("@/features/organisations/organisations-page"),
    "OrganisationsPage",
  ),
});

import { createRoute, lazyRouteComponent, redirect } from "@tanstack/react-router";

import { strings } from "@/features/overview/strings";
import { collectionsQuery } from "@/lib/collections";
import { queryClient } from "@/lib/query";
import { projectRoute } from "@/routing/project-route";

export const projectIndexRoute = createRoute({
  getParentRoute: () => projectRoute,
  path: "/",
  beforeLoad: ({ params }) => {
    throw redirect({ to: `/projects/${params.project}/overview` });
  },
});

export const overviewRoute = createRoute({
  getParentRoute: () => projectRoute,
  path: "overview",
  staticData: { title: strings.title },
  loader: ({ params }) => queryClient.ensureQueryData(collectionsQuery(params.project)),
  component: lazyRouteComponent(() => import("@/features/overview/overview-page"), "OverviewPage"),
});

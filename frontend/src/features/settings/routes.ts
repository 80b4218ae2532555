import { createRoute, lazyRouteComponent } from "@tanstack/react-router";

import { strings } from "@/features/settings/strings";
import { projectRoute } from "@/routing/project-route";

export const TABS = ["general", "team", "api", "retention", "danger"] as const;
export type Tab = (typeof TABS)[number];

export const settingsRoute = createRoute({
  getParentRoute: () => projectRoute,
  path: "settings",
  staticData: { title: strings.title },
  validateSearch: ({ tab }): { tab?: Tab } => ({
    tab: TABS.find((each) => each === tab && each !== "general"),
  }),
  component: lazyRouteComponent(() => import("@/features/settings/settings-page"), "SettingsPage"),
});

import { createRoute, lazyRouteComponent } from "@tanstack/react-router";

import { versionsQuery } from "@/features/history/api";
import { strings } from "@/features/history/strings";
import { queryClient } from "@/lib/query";
import { projectRoute } from "@/routing/project-route";

export const TABS = ["versions", "names", "drift", "jobs"] as const;
export type Tab = (typeof TABS)[number];

/** `compare`: the version beside the open one. `rollback`: the plan back to it is open. */
export type HistorySearch = { tab?: Tab; version?: number; compare?: number; rollback?: true };

function whole(value: unknown): number | undefined {
  return typeof value === "number" && Number.isInteger(value) && value > 0 ? value : undefined;
}

export const historyRoute = createRoute({
  getParentRoute: () => projectRoute,
  path: "history",
  staticData: { title: strings.title },
  validateSearch: ({ tab, version, compare, rollback }): HistorySearch => ({
    tab: TABS.find((each) => each === tab && each !== "versions"),
    version: whole(version),
    compare: whole(compare),
    rollback: rollback ? true : undefined,
  }),
  loader: ({ params }) => queryClient.ensureInfiniteQueryData(versionsQuery(params.project)),
  component: lazyRouteComponent(() => import("@/features/history/history-page"), "HistoryPage"),
});

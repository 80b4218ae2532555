import { createRoute, lazyRouteComponent } from "@tanstack/react-router";

import { strings } from "@/features/metrics/strings";
import { requestsQuery } from "@/lib/metrics";
import { queryClient } from "@/lib/query";
import { projectRoute } from "@/routing/project-route";

export const DEFAULT_HOURS = 24;

export const metricsRoute = createRoute({
  getParentRoute: () => projectRoute,
  path: "metrics",
  staticData: { title: strings.title },
  validateSearch: ({ hours }): { hours?: number } => ({
    hours: String(hours) in strings.ranges ? Number(hours) : undefined,
  }),
  loaderDeps: ({ search }) => search,
  loader: ({ params, deps }) =>
    queryClient.ensureQueryData(requestsQuery(params.project, deps.hours ?? DEFAULT_HOURS)),
  component: lazyRouteComponent(() => import("@/features/metrics/metrics-page"), "MetricsPage"),
});

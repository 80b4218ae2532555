import { queryOptions } from "@tanstack/react-query";

import { api, type Schemas, unwrap } from "@/lib/api";

export type RequestPoint = Schemas["RequestPoint"];
export type RequestSeries = Schemas["RequestSeries"];
export type Storage = Schemas["StorageRead"];

const LIVE_MS = 10_000;

/** What was asked of the project over the last hours. */
export function requestsQuery(project: string, hours: number) {
  return queryOptions({
    queryKey: ["project", project, "metrics", "requests", hours],
    queryFn: () =>
      unwrap(
        api.GET("/api/projects/{project}/metrics/requests", {
          params: { path: { project }, query: { hours } },
        }),
      ),
    refetchInterval: LIVE_MS,
  });
}

/** The room that its collections take. */
export function storageQuery(project: string) {
  return queryOptions({
    queryKey: ["project", project, "metrics", "storage"],
    queryFn: () =>
      unwrap(api.GET("/api/projects/{project}/metrics/storage", { params: { path: { project } } })),
    staleTime: 60_000,
  });
}

export type Totals = {
  requests: number;
  refused: number;
  errors: number;
  averageMs: number | null;
  slowestMs: number | null;
};

export function totalsOf(points: readonly RequestPoint[]): Totals {
  const sum = (pick: (point: RequestPoint) => number) =>
    points.reduce((total, point) => total + pick(point), 0);
  const requests = sum((point) => point.requests);
  const time = sum((point) => (point.average_ms ?? 0) * point.requests);
  const slowest = points.flatMap((point) => point.slowest_ms ?? []);
  return {
    requests,
    refused: sum((point) => point.refused),
    errors: sum((point) => point.errors),
    averageMs: requests > 0 ? time / requests : null,
    slowestMs: slowest.length > 0 ? Math.max(...slowest) : null,
  };
}

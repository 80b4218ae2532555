import { createRoute, lazyRouteComponent } from "@tanstack/react-router";

import { type AuditFilter, auditQuery } from "@/features/audit/api";
import { strings } from "@/features/audit/strings";
import { collectionsQuery } from "@/lib/collections";
import { queryClient } from "@/lib/query";
import { projectRoute } from "@/routing/project-route";

/** The filters, and the entry that is opened. */
export type AuditSearch = AuditFilter & { entry?: string; undo?: boolean };

function text(value: unknown): string | undefined {
  if (typeof value === "number") return String(value);
  return typeof value === "string" && value !== "" ? value : undefined;
}

export const auditRoute = createRoute({
  getParentRoute: () => projectRoute,
  path: "audit",
  staticData: { title: strings.title },
  validateSearch: (search): AuditSearch => ({
    source: search.source === "control" ? "control" : undefined,
    collection: text(search.collection),
    action: text(search.action),
    actor_id: text(search.actor_id),
    record_id: text(search.record_id),
    request_id: text(search.request_id),
    since: text(search.since),
    until: text(search.until),
    entry: text(search.entry),
    undo: search.undo === true || undefined,
  }),
  loaderDeps: ({ search }) => search,
  loader: ({ params, deps }) =>
    Promise.all([
      queryClient.ensureQueryData(collectionsQuery(params.project)),
      queryClient.prefetchInfiniteQuery(auditQuery(params.project, filterOf(deps))),
    ]),
  component: lazyRouteComponent(() => import("@/features/audit/audit-page"), "AuditPage"),
});

/** What of the address the API is asked for. */
export function filterOf(search: AuditSearch): AuditFilter {
  return { ...search, entry: undefined, undo: undefined } as AuditFilter;
}

import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";

import { api, download, exchange, type Schemas, unwrap } from "@/lib/api";
import { queryClient } from "@/lib/query";

export type AuditEntry = Schemas["AuditEntry"];
export type Source = "data" | "control";

/** What is asked for, as in the address. */
export type AuditFilter = {
  source?: Source;
  collection?: string;
  action?: string;
  actor_id?: string;
  record_id?: string;
  request_id?: string;
  since?: string;
  until?: string;
};

const PAGE = 50;
const OF_REQUEST = 20;
const LIVE_MS = 5_000;

export function auditQuery(project: string, filter: AuditFilter) {
  return infiniteQueryOptions({
    queryKey: ["project", project, "audit", "list", filter],
    queryFn: ({ pageParam }) =>
      unwrap(
        api.GET("/api/projects/{project}/audit", {
          params: {
            path: { project },
            query: { ...filter, limit: PAGE, cursor: pageParam || undefined },
          },
        }),
      ),
    initialPageParam: "",
    getNextPageParam: (last) => last.page.next_cursor ?? undefined,
    // Further pages are history: only a list of one page is kept up to date.
    refetchInterval: (query) => ((query.state.data?.pages.length ?? 0) > 1 ? false : LIVE_MS),
  });
}

/** What one request changed, as far as it can be shown at a glance. */
export function requestQuery(project: string, id: string) {
  return queryOptions({
    queryKey: ["project", project, "audit", "request", id],
    queryFn: () =>
      unwrap(
        api.GET("/api/projects/{project}/audit", {
          params: { path: { project }, query: { request_id: id, limit: OF_REQUEST } },
        }),
      ),
  });
}

export type Undo = { request_id: string; actor: string | null; force: boolean };

/** How many records; with `isTrial` nothing is kept. */
export async function undoRequest(project: string, undo: Undo, isTrial: boolean): Promise<number> {
  const { body } = await exchange<{ undone: number }>(`/api/projects/${project}/changes/undo`, {
    method: "POST",
    body: JSON.stringify(undo),
    headers: isTrial ? { Prefer: "tx=rollback" } : {},
  });
  if (!isTrial) await queryClient.invalidateQueries({ queryKey: ["project", project] });
  return body.undone;
}

/** Whether it could be undone, and how much that would be. */
export function trialQuery(project: string, undo: Undo) {
  return queryOptions({
    queryKey: ["project", project, "audit", "trial", undo],
    queryFn: () => undoRequest(project, undo, true),
    staleTime: 0,
    gcTime: 0,
    retry: false,
  });
}

export async function exportAudit(
  project: string,
  filter: AuditFilter,
  format: "ndjson" | "csv",
): Promise<void> {
  const given = Object.entries(filter).filter((pair): pair is [string, string] => Boolean(pair[1]));
  const query = new URLSearchParams([...given, ["format", format]]);
  await download(`/api/projects/${project}/audit/export?${query}`, `audit.${format}`);
}

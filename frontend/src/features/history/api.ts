import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";

import type { Plan } from "@/components/plan-viewer/types";
import { request } from "@/lib/api";
import type { Collection } from "@/lib/collections";
import { queryClient } from "@/lib/query";

export type Version = {
  version: number;
  hash: string;
  applied_at: string;
  actor: string | null;
  summary: string;
  plan: Plan;
};

export type FormerName = {
  collection: string;
  field: string | null;
  former_name: string;
  uses: number;
  last_used_at: string | null;
};

export type Difference = {
  object: string;
  kind: string;
  expected: string | null;
  actual: string | null;
};

const PAGE = 50;

function base(project: string): string {
  return `/api/projects/${project}/schema`;
}

function key(project: string, ...rest: unknown[]) {
  return ["project", project, "schema-history", ...rest];
}

export function versionsQuery(project: string) {
  return infiniteQueryOptions({
    queryKey: key(project, "versions"),
    queryFn: ({ pageParam }) =>
      request<{ data: Version[]; page: { has_more: boolean } }>(
        `${base(project)}/history?limit=${PAGE}&offset=${pageParam}`,
      ),
    initialPageParam: 0,
    getNextPageParam: (last, pages) => (last.page.has_more ? pages.length * PAGE : undefined),
  });
}

export function documentQuery(project: string, version: number) {
  return queryOptions({
    queryKey: key(project, "version", version),
    queryFn: () =>
      request<Version & { schema: { collections: Collection[] } }>(
        `${base(project)}/history/${version}`,
      ),
    staleTime: Infinity,
  });
}

export function diffQuery(project: string, from: number, to: number) {
  return queryOptions({
    queryKey: key(project, "diff", from, to),
    queryFn: () => request<Plan>(`${base(project)}/diff?from=${from}&to=${to}`),
    staleTime: Infinity,
  });
}

export function rollbackPlanQuery(project: string, version: number, fill: Record<string, unknown>) {
  return queryOptions({
    queryKey: key(project, "rollback", version, fill),
    queryFn: () =>
      request<Plan>(`${base(project)}/rollback/plan`, {
        method: "POST",
        body: JSON.stringify({ version, fill }),
      }),
    staleTime: 0,
    gcTime: 0,
  });
}

export async function rollBack(
  project: string,
  version: number,
  plan: Plan,
  fill: Record<string, unknown>,
): Promise<void> {
  const confirm = plan.needs_confirmation ? { confirm: plan.plan_hash } : {};
  await request(`${base(project)}/rollback`, {
    method: "POST",
    body: JSON.stringify({ version, fill, ...confirm }),
  });
  await queryClient.invalidateQueries({ queryKey: ["project", project] });
}

export function formerNamesQuery(project: string) {
  return queryOptions({
    queryKey: key(project, "names"),
    queryFn: () =>
      request<{ data: FormerName[] }>(`${base(project)}/former-names`).then(({ data }) => data),
    staleTime: 0,
  });
}

export async function endName(project: string, name: FormerName): Promise<void> {
  const where = name.field === null ? "" : `?collection=${encodeURIComponent(name.collection)}`;
  await request(`${base(project)}/former-names/${name.former_name}${where}`, { method: "DELETE" });
  await queryClient.invalidateQueries(formerNamesQuery(project));
}

export function driftQuery(project: string) {
  return queryOptions({
    queryKey: key(project, "drift"),
    queryFn: () =>
      request<{ in_sync: boolean; differences: Difference[] }>(`${base(project)}/drift`),
    staleTime: 0,
  });
}

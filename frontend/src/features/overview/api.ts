import { queryOptions } from "@tanstack/react-query";

import { anonymous, api, type Schemas, unwrap } from "@/lib/api";

export type AuditEntry = Schemas["AuditEntry"];

const RECENT = 8;

export const healthQuery = queryOptions({
  queryKey: ["health"],
  // 503 is an answer too: it tells what is wrong.
  queryFn: async () => {
    const { data, error } = await anonymous.GET("/api/health");
    return data ?? (error as Schemas["Health"]);
  },
  refetchInterval: 30_000,
});

export function activityQuery(project: string) {
  return queryOptions({
    queryKey: ["project", project, "audit", "recent"],
    queryFn: () =>
      unwrap(
        api.GET("/api/projects/{project}/audit", {
          params: { path: { project }, query: { limit: RECENT } },
        }),
      ).then((page) => page.data),
    refetchInterval: 15_000,
  });
}

/** What of the first steps is done, as the API sees it. */
export function startedQuery(project: string) {
  return queryOptions({
    queryKey: ["project", project, "started"],
    queryFn: () => loadStarted(project),
    staleTime: 0,
  });
}

export type Started = Record<"record" | "policy" | "key" | "webhook" | "team", boolean>;

async function loadStarted(project: string): Promise<Started> {
  const one = { params: { path: { project }, query: { limit: 1 } } };
  const written = { params: { path: { project }, query: { limit: 1, source: "data" as const } } };
  const two = { params: { path: { project }, query: { limit: 2 } } };
  const all = { params: { path: { project } } };
  const [records, policies, keys, webhooks, workflows, members] = await Promise.all([
    has(api.GET("/api/projects/{project}/audit", written)),
    has(api.GET("/api/projects/{project}/policies", all), 1, isOfOwnCollection),
    has(api.GET("/api/projects/{project}/api-keys", one)),
    has(api.GET("/api/projects/{project}/webhooks", one)),
    has(api.GET("/api/projects/{project}/workflows", one)),
    has(api.GET("/api/projects/{project}/members", two), 2),
  ]);
  return {
    record: records,
    policy: policies,
    key: keys,
    webhook: webhooks || workflows,
    team: members,
  };
}

/** Whether a list holds as many; what a role may not see counts as none. */
async function has<Item>(
  call: Promise<{ data?: { data: Item[] }; error?: unknown; response: Response }>,
  atLeast = 1,
  counts: (item: Item) => boolean = () => true,
): Promise<boolean> {
  const { data } = await call;
  return (data?.data.filter(counts).length ?? 0) >= atLeast;
}

/** Every project begins with the policies by which users see themselves. */
function isOfOwnCollection({ collection }: { collection: string }): boolean {
  return collection !== "users";
}

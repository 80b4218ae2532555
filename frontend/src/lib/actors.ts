/** Who did something: names in the place of the ids that logs keep. */
import { queryOptions, useQueries, useQuery } from "@tanstack/react-query";

import { api, request, unwrap } from "@/lib/api";

const MOST = 200;
const STALE_MS = 60_000;

type Named = Record<string, string>;

/** Members and keys, by what the log calls them. What one may not list is left out. */
function knownQuery(project: string) {
  return queryOptions({
    queryKey: ["project", project, "actors"],
    queryFn: async (): Promise<Named> => {
      const params = { path: { project }, query: { limit: MOST } };
      const [members, keys, workflows] = await Promise.all([
        listed(unwrap(api.GET("/api/projects/{project}/members", { params }))),
        listed(unwrap(api.GET("/api/projects/{project}/api-keys", { params }))),
        listed(unwrap(api.GET("/api/projects/{project}/workflows", { params }))),
      ]);
      return Object.fromEntries([
        ...members.map((each) => [`admin_user:${each.id}`, each.name || each.email]),
        ...keys.map((each) => [`api_key:${each.id}`, each.name]),
        ...workflows.map((each) => [`workflow:${each.id}`, each.name]),
      ]) as Named;
    },
    staleTime: STALE_MS,
  });
}

async function listed<Item>(page: Promise<{ data: Item[] }>): Promise<Item[]> {
  return page.then(({ data }) => data).catch(() => []);
}

function userQuery(project: string, id: string) {
  return queryOptions({
    queryKey: ["project", project, "actors", "user", id],
    queryFn: () =>
      request<{ name?: string | null; email?: string }>(
        `/api/projects/${project}/data/users/${encodeURIComponent(id)}`,
      ).then(
        (user) => user.name || user.email || null,
        () => null,
      ),
    staleTime: STALE_MS,
  });
}

/** From `admin_user:0192…` to “Ada”; where no name is known, to “admin user a1b2c3”. */
export function useActorNames(
  project: string,
  actors: readonly (string | null | undefined)[],
): (actor: string | null | undefined) => string | null {
  const { data: known = {} } = useQuery(knownQuery(project));
  const ids = [...new Set(actors)].flatMap((actor) => {
    const [kind, id] = actor?.split(":") ?? [];
    return kind === "app_user" && id ? [id] : [];
  });
  const users = useQueries({ queries: ids.map((id) => userQuery(project, id)) });
  const names = new Map(ids.map((id, index) => [`app_user:${id}`, users[index]?.data]));
  return (actor) => (actor ? (known[actor] ?? names.get(actor) ?? shortActor(actor)) : null);
}

export function shortActor(actor: string): string {
  const [kind = "", id] = actor.split(":");
  return `${kind.replaceAll("_", " ")} ${id ? id.slice(-6) : ""}`.trim();
}

import { queryOptions } from "@tanstack/react-query";

import { api, request, type Schemas, unwrap } from "@/lib/api";
import { queryClient } from "@/lib/query";

export type Role = Schemas["RoleRead"];

/** What policies say of a role: enough to count and to name. */
export type RolePolicy = { id: string; name: string; principals: string[]; effect: string };

const MOST = 200;
const ONE = "/api/projects/{project}/roles/{name}";
/** A list of holders ends here: the screen shows that there are more. */
export const MOST_HOLDERS = 100;

export function rolesQuery(project: string) {
  return queryOptions({
    queryKey: ["project", project, "roles", "list"],
    queryFn: () =>
      unwrap(
        api.GET("/api/projects/{project}/roles", {
          params: { path: { project }, query: { limit: MOST } },
        }),
      ).then((page) => page.data),
  });
}

export function holdersQuery(project: string, role: string) {
  return queryOptions({
    queryKey: ["project", project, "users", "holders", role],
    queryFn: () =>
      unwrap(
        api.GET("/api/projects/{project}/users", {
          params: { path: { project }, query: { role, limit: MOST_HOLDERS } },
        }),
      ).then(({ data, page }) => ({ count: data.length, hasMore: page.has_more })),
  });
}

/** The policies that name roles. */
export function rolePoliciesQuery(project: string) {
  return queryOptions({
    queryKey: ["project", project, "policies", "of-roles"],
    queryFn: () =>
      request<{ data: RolePolicy[] }>(`/api/projects/${project}/policies`).then(({ data }) =>
        data.filter(({ principals }) => principals.some((each) => each.startsWith("role:"))),
      ),
  });
}

async function refresh(project: string): Promise<void> {
  await Promise.all([
    queryClient.invalidateQueries({ queryKey: ["project", project, "roles"] }),
    queryClient.invalidateQueries({ queryKey: ["project", project, "policy-people"] }),
  ]);
}

export async function createRole(project: string, body: Schemas["RoleCreate"]): Promise<void> {
  await unwrap(api.POST("/api/projects/{project}/roles", { params: { path: { project } }, body }));
  await refresh(project);
}

export async function describeRole(
  project: string,
  name: string,
  description: string | null,
): Promise<void> {
  await unwrap(api.PATCH(ONE, { params: { path: { project, name } }, body: { description } }));
  await refresh(project);
}

export async function deleteRole(project: string, name: string): Promise<void> {
  await unwrap(api.DELETE(ONE, { params: { path: { project, name } } }));
  await refresh(project);
}

import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";

import { api, request, type Schemas, unwrap } from "@/lib/api";
import { queryClient } from "@/lib/query";

export type Member = Schemas["OrgMemberDetails"];
export type Role = Member["role"];
export type Org = { id: string; name: string; slug: string | null; created_at: string };
type Page = { data: Org[]; page: { next_cursor: string | null } };

const PAGE = 50;
const MOST = 200;
const MEMBER = "/api/projects/{project}/organisations/orgs/{org}/members/{user_id}";

const all = (project: string) => ["project", project, "organisations"];
const records = (project: string) => `/api/projects/${project}/data/orgs`;

/** Whether the project has organisations. */
export function enabledQuery(project: string) {
  return queryOptions({
    queryKey: [...all(project), "enabled"],
    queryFn: () =>
      unwrap(
        api.GET("/api/projects/{project}/organisations", { params: { path: { project } } }),
      ).then(({ enabled }) => enabled),
  });
}

export function orgsQuery(project: string, words: string) {
  return infiniteQueryOptions({
    queryKey: [...all(project), "list", words],
    queryFn: ({ pageParam }) => {
      const query = new URLSearchParams({ sort: "name", limit: String(PAGE) });
      if (words) query.set("filter", JSON.stringify({ name__icontains: words }));
      if (pageParam) query.set("cursor", pageParam);
      return request<Page>(`${records(project)}?${query}`);
    },
    initialPageParam: "",
    getNextPageParam: ({ page }) => page.next_cursor ?? undefined,
  });
}

export function orgQuery(project: string, id: string) {
  return queryOptions({
    queryKey: [...all(project), "one", id],
    queryFn: () => request<Org>(`${records(project)}/${encodeURIComponent(id)}`),
  });
}

export function membersQuery(project: string, org: string) {
  return queryOptions({
    queryKey: [...all(project), "members", org],
    queryFn: () =>
      unwrap(
        api.GET("/api/projects/{project}/organisations/orgs/{org}/members", {
          params: { path: { project, org }, query: { limit: MOST } },
        }),
      ).then(({ data }) => data),
  });
}

/** What is told of organisations, and of their records elsewhere. */
async function refresh(project: string): Promise<void> {
  await Promise.all([
    queryClient.invalidateQueries({ queryKey: all(project) }),
    queryClient.invalidateQueries({ queryKey: ["project", project, "data", "orgs"] }),
    queryClient.invalidateQueries({ queryKey: ["project", project, "data", "memberships"] }),
  ]);
}

export async function turnOn(project: string): Promise<void> {
  await unwrap(
    api.POST("/api/projects/{project}/organisations", { params: { path: { project } } }),
  );
  // The schema and the policies are others than before.
  await queryClient.invalidateQueries({ queryKey: ["project", project] });
}

export type Given = { name: string; slug: string | null };

export async function createOrg(project: string, given: Given, owner?: string): Promise<Org> {
  const org = await request<Org>(records(project), {
    method: "POST",
    body: JSON.stringify(given),
  });
  if (owner) await putMember(project, org.id, owner, "owner");
  await refresh(project);
  return org;
}

export async function updateOrg(project: string, id: string, given: Given): Promise<void> {
  await request(`${records(project)}/${id}`, { method: "PATCH", body: JSON.stringify(given) });
  await refresh(project);
}

export async function deleteOrg(project: string, id: string): Promise<void> {
  await request(`${records(project)}/${id}`, { method: "DELETE" });
  // Its own page is still open: what is gone is not asked for again.
  await queryClient.invalidateQueries({ queryKey: [...all(project), "list"] });
}

export async function putMember(
  project: string,
  org: string,
  user: string,
  role: Role,
): Promise<void> {
  const params = { path: { project, org, user_id: user } };
  await unwrap(api.PUT(MEMBER, { params, body: { role } }));
  await refresh(project);
}

export async function removeMember(project: string, org: string, user: string): Promise<void> {
  await unwrap(api.DELETE(MEMBER, { params: { path: { project, org, user_id: user } } }));
  await refresh(project);
}

export async function inviteTo(
  project: string,
  org: string,
  email: string,
  role: Role,
): Promise<void> {
  await unwrap(
    api.POST("/api/projects/{project}/organisations/orgs/{org}/invitations", {
      params: { path: { project, org } },
      body: { email, role },
    }),
  );
}

import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";

import type { UsersSearch } from "@/features/users/routes";
import { api, type Schemas, unwrap } from "@/lib/api";
import { queryClient } from "@/lib/query";

export type User = Schemas["UserRead"];
export type UserCreate = Schemas["UserCreate"];
export type UserUpdate = Schemas["UserUpdate"];

const PAGE = 100;
const ONE = "/api/projects/{project}/users/{user_id}";

export type Filter = Pick<UsersSearch, "search" | "status" | "role">;

export function usersQuery(project: string, filter: Filter) {
  return infiniteQueryOptions({
    queryKey: ["project", project, "users", "list", filter],
    queryFn: ({ pageParam }) =>
      unwrap(
        api.GET("/api/projects/{project}/users", {
          params: { path: { project }, query: { ...filter, limit: PAGE, offset: pageParam } },
        }),
      ),
    initialPageParam: 0,
    getNextPageParam: ({ page }) => (page.has_more ? page.offset + page.limit : undefined),
  });
}

export function userQuery(project: string, id: string) {
  return queryOptions({
    queryKey: ["project", project, "users", "one", id],
    queryFn: () => unwrap(api.GET(ONE, { params: { path: { project, user_id: id } } })),
  });
}

export function sessionsQuery(project: string, id: string) {
  return queryOptions({
    queryKey: ["project", project, "users", "sessions", id],
    queryFn: () =>
      unwrap(api.GET(`${ONE}/sessions`, { params: { path: { project, user_id: id } } })).then(
        (list) => list.data,
      ),
    staleTime: 0,
  });
}

/** The users who have not accepted their invitation yet, by id. */
export function invitationsQuery(project: string) {
  return queryOptions({
    queryKey: ["project", project, "users", "invitations"],
    queryFn: () =>
      unwrap(
        api.GET("/api/projects/{project}/users/invitations", {
          params: { path: { project }, query: { limit: 200 } },
        }),
      ).then((page) => new Map(page.data.map((each) => [each.user_id, each]))),
  });
}

async function refresh(project: string): Promise<void> {
  await Promise.all([
    queryClient.invalidateQueries({ queryKey: ["project", project, "users"] }),
    queryClient.invalidateQueries({ queryKey: ["project", project, "data", "users"] }),
  ]);
}

export async function createUser(project: string, body: UserCreate): Promise<User> {
  const user = await unwrap(
    api.POST("/api/projects/{project}/users", { params: { path: { project } }, body }),
  );
  await refresh(project);
  return user;
}

export async function updateUser(project: string, id: string, body: UserUpdate): Promise<void> {
  await unwrap(api.PATCH(ONE, { params: { path: { project, user_id: id } }, body }));
  await refresh(project);
}

export async function deleteUser(project: string, id: string): Promise<void> {
  await unwrap(api.DELETE(ONE, { params: { path: { project, user_id: id } } }));
  await refresh(project);
}

export async function endSessions(project: string, id: string): Promise<void> {
  await unwrap(api.DELETE(`${ONE}/sessions`, { params: { path: { project, user_id: id } } }));
  await refresh(project);
}

export async function mailUser(
  project: string,
  id: string,
  what: "password-reset" | "invitation",
): Promise<void> {
  await unwrap(
    what === "invitation"
      ? api.POST(`${ONE}/invitation`, { params: { path: { project, user_id: id } } })
      : api.POST(`${ONE}/password-reset`, { params: { path: { project, user_id: id } } }),
  );
}

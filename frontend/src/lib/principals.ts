import { queryOptions } from "@tanstack/react-query";

import { api, unwrap } from "@/lib/api";

const MOST = 100;

/** The roles that users of the app can have. */
export function roleNamesQuery(project: string) {
  return queryOptions({
    queryKey: ["project", project, "roles", "names"],
    queryFn: () =>
      unwrap(
        api.GET("/api/projects/{project}/roles", {
          params: { path: { project }, query: { limit: MOST } },
        }),
      ).then((page) => page.data.map((role) => role.name)),
  });
}

/** Some users of the app, to choose one from. */
export function someUsersQuery(project: string) {
  return queryOptions({
    queryKey: ["project", project, "users", "some"],
    queryFn: () =>
      unwrap(
        api.GET("/api/projects/{project}/users", {
          params: { path: { project }, query: { limit: MOST } },
        }),
      ).then((page) =>
        page.data.map((user) => ({ id: user.id, name: user.email ?? user.name ?? user.id })),
      ),
  });
}

import { queryOptions } from "@tanstack/react-query";

import { api, type Schemas, unwrap } from "@/lib/api";
import { queryClient } from "@/lib/query";

export type Secret = Schemas["SecretRead"];

const MOST = 200;
const key = (project: string) => ["project", project, "secrets"];

export function secretsQuery(project: string) {
  return queryOptions({
    queryKey: key(project),
    queryFn: () =>
      unwrap(
        api.GET("/api/projects/{project}/secrets", {
          params: { path: { project }, query: { limit: MOST } },
        }),
      ).then((page) => page.data),
  });
}

export async function keepSecret(
  project: string,
  name: string,
  body: Schemas["SecretWrite"],
): Promise<void> {
  const params = { path: { project, name } };
  await unwrap(api.PUT("/api/projects/{project}/secrets/{name}", { params, body }));
  await queryClient.invalidateQueries({ queryKey: key(project) });
}

export async function deleteSecret(project: string, name: string): Promise<void> {
  const params = { path: { project, name } };
  await unwrap(api.DELETE("/api/projects/{project}/secrets/{name}", { params }));
  await queryClient.invalidateQueries({ queryKey: key(project) });
}

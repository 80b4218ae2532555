import { queryOptions } from "@tanstack/react-query";

import { api, type Schemas, unwrap } from "@/lib/api";
import { queryClient } from "@/lib/query";

export type ApiKey = Schemas["ApiKeyRead"];
export type ApiKeyValues = Schemas["ApiKeyCreate"];

const MOST = 200;
const ONE = "/api/projects/{project}/api-keys/{key_id}";

export function keysQuery(project: string) {
  return queryOptions({
    queryKey: ["project", project, "api-keys"],
    queryFn: () =>
      unwrap(
        api.GET("/api/projects/{project}/api-keys", {
          params: { path: { project }, query: { limit: MOST } },
        }),
      ).then((page) => page.data),
  });
}

async function refresh(project: string): Promise<void> {
  await Promise.all([
    queryClient.invalidateQueries({ queryKey: ["project", project, "api-keys"] }),
    queryClient.invalidateQueries({ queryKey: ["project", project, "policies"] }),
    queryClient.invalidateQueries({ queryKey: ["project", project, "started"] }),
  ]);
}

/** The key's text, which no other answer holds. */
export async function createKey(project: string, body: ApiKeyValues): Promise<string> {
  const made = await unwrap(
    api.POST("/api/projects/{project}/api-keys", { params: { path: { project } }, body }),
  );
  await refresh(project);
  return made.key;
}

export async function updateKey(project: string, id: string, body: ApiKeyValues): Promise<void> {
  await unwrap(api.PATCH(ONE, { params: { path: { project, key_id: id } }, body }));
  await refresh(project);
}

export async function rotateKey(project: string, id: string, grace: number): Promise<string> {
  const made = await unwrap(
    api.POST(`${ONE}/rotate`, {
      params: { path: { project, key_id: id } },
      body: { grace_seconds: grace },
    }),
  );
  await refresh(project);
  return made.key;
}

export async function revokeKey(project: string, id: string): Promise<void> {
  await unwrap(api.DELETE(ONE, { params: { path: { project, key_id: id } } }));
  await refresh(project);
}

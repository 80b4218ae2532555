import { queryOptions } from "@tanstack/react-query";

import type { OpenApi } from "@/features/api-docs/document";
import { download, request } from "@/lib/api";

/** The project's own OpenAPI document, as the caller may see it. */
export function openApiQuery(project: string) {
  return queryOptions({
    queryKey: ["project", project, "openapi"],
    queryFn: () => request<OpenApi>(`/api/projects/${project}/openapi.json`),
  });
}

export type DocsFile = "openapi.json" | "sdk.d.ts" | "sdk.py";

export async function saveFile(project: string, file: DocsFile): Promise<void> {
  await download(`/api/projects/${project}/${file}`, `${project}-${file}`);
}

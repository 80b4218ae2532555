import { useMutation } from "@tanstack/react-query";

import { api, type Schemas, unwrap } from "@/lib/api";
import { projectsQuery } from "@/lib/projects";
import { queryClient } from "@/lib/query";

export async function createProject(
  body: Schemas["ProjectCreate"],
): Promise<Schemas["ProjectRead"]> {
  const project = await unwrap(api.POST("/api/projects", { body }));
  await queryClient.invalidateQueries(projectsQuery);
  return project;
}

export function useRestoreProject() {
  return useMutation({
    mutationFn: (project: string) =>
      unwrap(api.POST("/api/projects/{project}/unarchive", { params: { path: { project } } })),
    onSettled: () => queryClient.invalidateQueries(projectsQuery),
  });
}

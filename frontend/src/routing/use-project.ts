import { useSuspenseQuery } from "@tanstack/react-query";

import { type Project, projectQuery, projectRoute } from "@/routing/project-route";

/** Whether the signed-in member may change how the project works. */
export function useIsAdmin(): boolean {
  const { role } = useProject();
  return role === "admin" || role === "owner";
}

/** Whether the signed-in member may write records. */
export function useMayWrite(): boolean {
  return useProject().role !== "viewer";
}

/** The project in the address. */
export function useProject(): Project {
  const { project } = projectRoute.useParams();
  return useSuspenseQuery(projectQuery(project)).data;
}

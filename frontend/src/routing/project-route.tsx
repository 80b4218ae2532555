import { queryOptions } from "@tanstack/react-query";
import { createRoute, lazyRouteComponent } from "@tanstack/react-router";

import { NotFound } from "@/components/not-found";
import { api, type Schemas, unwrap } from "@/lib/api";
import { queryClient } from "@/lib/query";
import { signedInRoute } from "@/routing/signed-in-route";

export type Project = Schemas["ProjectRead"];

export function projectQuery(project: string) {
  return queryOptions({
    queryKey: ["project", project, "itself"],
    queryFn: () => unwrap(api.GET("/api/projects/{project}", { params: { path: { project } } })),
    staleTime: 60_000,
  });
}

/** The parent of every screen of a project. */
export const projectRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: "/projects/$project",
  loader: ({ params }) => queryClient.ensureQueryData(projectQuery(params.project)),
  component: lazyRouteComponent(() => import("@/shell/project-shell"), "ProjectShell"),
  notFoundComponent: () => <NotFound />,
});

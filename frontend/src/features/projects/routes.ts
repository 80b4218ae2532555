import { createRoute, lazyRouteComponent } from "@tanstack/react-router";

import { strings } from "@/features/projects/strings";
import { projectsQuery } from "@/lib/projects";
import { queryClient } from "@/lib/query";
import { accountShellRoute } from "@/routing/account-route";
import { signedInRoute } from "@/routing/signed-in-route";

export const projectsRoute = createRoute({
  getParentRoute: () => accountShellRoute,
  path: "/projects",
  staticData: { title: strings.projects },
  validateSearch: (search): { create?: true } => ({ create: search.create ? true : undefined }),
  loader: () => queryClient.ensureQueryData(projectsQuery),
  component: lazyRouteComponent(() => import("@/features/projects/projects-page"), "ProjectsPage"),
});

export const welcomeRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: "/welcome",
  staticData: { title: strings.firstProject },
  component: lazyRouteComponent(() => import("@/features/projects/welcome-page"), "WelcomePage"),
});

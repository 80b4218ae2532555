import { createRoute, createRouter, redirect } from "@tanstack/react-router";

import { PageSkeleton } from "@/components/page-skeleton";
import { ErrorPage } from "@/components/error-panel";
import { features } from "@/registry";
import { accountShellRoute } from "@/routing/account-route";
import { projectRoute } from "@/routing/project-route";
import { rootRoute } from "@/routing/root-route";
import { signedInRoute } from "@/routing/signed-in-route";

const indexRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/",
  beforeLoad: () => {
    throw redirect({ to: "/projects" });
  },
});

const routeTree = rootRoute.addChildren([
  indexRoute,
  ...features.flatMap((feature) => feature.publicRoutes ?? []),
  signedInRoute.addChildren([
    ...features.flatMap((feature) => feature.signedInRoutes ?? []),
    accountShellRoute.addChildren(features.flatMap((feature) => feature.accountRoutes ?? [])),
    projectRoute.addChildren(features.flatMap((feature) => feature.projectRoutes ?? [])),
  ]),
]);

export const router = createRouter({
  routeTree,
  defaultPreload: "intent",
  defaultPreloadStaleTime: 0,
  defaultPendingMs: 200,
  defaultPendingMinMs: 200,
  defaultPendingComponent: PageSkeleton,
  defaultErrorComponent: ErrorPage,
  scrollRestoration: true,
});

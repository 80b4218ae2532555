import { createRoute, lazyRouteComponent } from "@tanstack/react-router";

import { signedInRoute } from "@/routing/signed-in-route";

/** The parent of the pages that belong to no project. */
export const accountShellRoute = createRoute({
  getParentRoute: () => signedInRoute,
  id: "account-shell",
  component: lazyRouteComponent(() => import("@/shell/account-shell"), "AccountShell"),
});

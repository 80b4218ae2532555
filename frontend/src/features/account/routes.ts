import { createRoute, lazyRouteComponent } from "@tanstack/react-router";

import { strings } from "@/features/account/strings";
import { accountShellRoute } from "@/routing/account-route";

export const accountRoute = createRoute({
  getParentRoute: () => accountShellRoute,
  path: "/account",
  staticData: { title: strings.title },
  component: lazyRouteComponent(() => import("@/features/account/account-page"), "AccountPage"),
});

import { createRoute, lazyRouteComponent, redirect } from "@tanstack/react-router";

import { strings } from "@/features/auth/strings";
import { queryClient } from "@/lib/query";
import { accessToken } from "@/lib/session";
import { rootRoute } from "@/routing/root-route";
import { startQuery } from "@/routing/start";

async function leaveIfSignedIn(next?: string): Promise<void> {
  const start = await queryClient.ensureQueryData(startQuery);
  if (start.has_session && (await accessToken()) !== null) {
    throw redirect({ href: next ?? "/projects" });
  }
}

/** An address of ours: a link may not lead signed-in people elsewhere. */
function ownAddress(next: unknown): string | undefined {
  return typeof next === "string" && /^\/(?![/\\])\P{Cc}*$/u.test(next) ? next : undefined;
}

export const loginRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/login",
  staticData: { title: strings.signIn },
  validateSearch: (search): { next?: string } => ({ next: ownAddress(search.next) }),
  beforeLoad: async ({ search }) => {
    await leaveIfSignedIn(search.next);
    if (!(await queryClient.ensureQueryData(startQuery)).has_owner) {
      throw redirect({ to: "/register" });
    }
  },
  component: lazyRouteComponent(() => import("@/features/auth/login-page"), "LoginPage"),
});

export const registerRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/register",
  staticData: { title: strings.register },
  validateSearch: ({ invitation }): { invitation?: string } => ({
    invitation: typeof invitation === "string" ? invitation : undefined,
  }),
  beforeLoad: () => leaveIfSignedIn(),
  component: lazyRouteComponent(() => import("@/features/auth/register-page"), "RegisterPage"),
});

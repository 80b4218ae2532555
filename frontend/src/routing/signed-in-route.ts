import { createRoute, redirect } from "@tanstack/react-router";

import { accessToken, signedInAdmin } from "@/lib/session";
import { rootRoute } from "@/routing/root-route";
import { startQuery } from "@/routing/start";
import { queryClient } from "@/lib/query";

/** The parent of everything that takes an account; others are led to sign in, and back. */
export const signedInRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: "signed-in",
  beforeLoad: async ({ location }) => {
    if (signedInAdmin() !== null) return;
    const start = await queryClient.ensureQueryData(startQuery);
    if (start.has_session && (await accessToken()) !== null) return;
    if (!start.has_owner) throw redirect({ to: "/register" });
    throw redirect({ to: "/login", search: { next: location.href } });
  },
});

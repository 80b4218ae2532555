import { useNavigate } from "@tanstack/react-router";
import { toast } from "sonner";

import { api, unwrap } from "@/lib/api";
import { asProblem } from "@/lib/problem";
import { queryClient } from "@/lib/query";
import { IN_COOKIE, signOut } from "@/lib/session";
import { startQuery } from "@/routing/start";
import { strings } from "@/shell/strings";

const UNKNOWN = 401;

export function useSignOut(): () => Promise<void> {
  const navigate = useNavigate();
  return async () => {
    try {
      await unwrap(api.POST("/api/auth/logout", { params: { header: IN_COOKIE } }));
    } catch (error) {
      // Without the server's word the cookie stays, and with it the session.
      if (asProblem(error).status !== UNKNOWN) {
        toast.error(strings.signOutFailed);
        return;
      }
    }
    queryClient.setQueryData(
      startQuery.queryKey,
      (start) => start && { ...start, has_session: false },
    );
    await navigate({ to: "/login" });
    signOut();
  };
}

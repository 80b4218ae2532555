import { queryOptions } from "@tanstack/react-query";

import { anonymous, unwrap } from "@/lib/api";

/** What is known before anyone has signed in. */
export const startQuery = queryOptions({
  queryKey: ["start"],
  queryFn: () => unwrap(anonymous.GET("/api/auth/start")),
  staleTime: Infinity,
});

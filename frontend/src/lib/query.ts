import { QueryClient } from "@tanstack/react-query";

import { Problem } from "@/lib/problem";

const TRIES = 2;

/** Ask again only where the next answer may be another one. */
function mayHelp(failures: number, error: Error): boolean {
  const passes = error instanceof Problem && (error.status === 0 || error.status >= 502);
  return passes && failures < TRIES;
}

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: { staleTime: 15_000, retry: mayHelp, refetchOnWindowFocus: true },
    mutations: { retry: false },
  },
});

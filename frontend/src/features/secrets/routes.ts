import { createRoute, lazyRouteComponent } from "@tanstack/react-router";

import { secretsQuery } from "@/features/secrets/api";
import { strings } from "@/features/secrets/strings";
import { queryClient } from "@/lib/query";
import { projectRoute } from "@/routing/project-route";

export const secretsRoute = createRoute({
  getParentRoute: () => projectRoute,
  path: "secrets",
  staticData: { title: strings.title },
  // The secret that is written: its name, or nothing for a new one.
  validateSearch: ({ write }): { write?: string } => ({
    write: typeof write === "string" ? write : undefined,
  }),
  loader: ({ params }) => queryClient.ensureQueryData(secretsQuery(params.project)),
  component: lazyRouteComponent(() => import("@/features/secrets/secrets-page"), "SecretsPage"),
});

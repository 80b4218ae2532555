import { createRoute, lazyRouteComponent } from "@tanstack/react-router";

import { keysQuery } from "@/features/api-keys/api";
import { strings } from "@/features/api-keys/strings";
import { collectionsQuery } from "@/lib/collections";
import { queryClient } from "@/lib/query";
import { projectRoute } from "@/routing/project-route";

/** `key`: the one in the drawer, or `new`. */
export type ApiKeysSearch = { key?: string };

export const apiKeysRoute = createRoute({
  getParentRoute: () => projectRoute,
  path: "api-keys",
  staticData: { title: strings.title },
  validateSearch: ({ key }): ApiKeysSearch => ({ key: typeof key === "string" ? key : undefined }),
  loader: ({ params }) =>
    Promise.all([
      queryClient.ensureQueryData(collectionsQuery(params.project)),
      queryClient.ensureQueryData(keysQuery(params.project)),
    ]),
  component: lazyRouteComponent(() => import("@/features/api-keys/api-keys-page"), "ApiKeysPage"),
});

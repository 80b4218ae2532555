import { createRoute, lazyRouteComponent } from "@tanstack/react-router";

import { openApiQuery } from "@/features/api-docs/api";
import { strings } from "@/features/api-docs/strings";
import { queryClient } from "@/lib/query";
import { projectRoute } from "@/routing/project-route";

export const apiDocsRoute = createRoute({
  getParentRoute: () => projectRoute,
  path: "api-docs/{-$collection}",
  staticData: { title: strings.title },
  loader: ({ params }) => queryClient.ensureQueryData(openApiQuery(params.project)),
  component: lazyRouteComponent(() => import("@/features/api-docs/api-docs-page"), "ApiDocsPage"),
});

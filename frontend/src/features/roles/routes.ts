import { createRoute, lazyRouteComponent } from "@tanstack/react-router";

import { rolesQuery } from "@/features/roles/api";
import { strings } from "@/features/roles/strings";
import { queryClient } from "@/lib/query";
import { projectRoute } from "@/routing/project-route";

/** `create`: a new one. `role`: the one that is edited. */
export type RolesSearch = { create?: true; role?: string };

export const rolesRoute = createRoute({
  getParentRoute: () => projectRoute,
  path: "roles",
  staticData: { title: strings.title },
  validateSearch: ({ create, role }): RolesSearch => ({
    create: create ? true : undefined,
    role: typeof role === "string" ? role : undefined,
  }),
  loader: ({ params }) => queryClient.ensureQueryData(rolesQuery(params.project)),
  component: lazyRouteComponent(() => import("@/features/roles/roles-page"), "RolesPage"),
});

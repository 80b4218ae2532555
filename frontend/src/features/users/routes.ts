import { createRoute, lazyRouteComponent } from "@tanstack/react-router";

import { strings } from "@/features/users/strings";
import { projectRoute } from "@/routing/project-route";

export const STATUSES = ["active", "suspended"] as const;
export type Status = (typeof STATUSES)[number];

export type UsersSearch = {
  search?: string;
  status?: Status;
  role?: string;
  /** The user in the drawer: an id, or `new`. */
  user?: string;
};

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

export const usersRoute = createRoute({
  getParentRoute: () => projectRoute,
  path: "users",
  staticData: { title: strings.title },
  validateSearch: ({ search, status, role, user }): UsersSearch => ({
    // A number was typed: the address holds it as one.
    search: typeof search === "number" ? String(search) : text(search),
    status: STATUSES.find((each) => each === status),
    role: text(role),
    user: text(user),
  }),
  component: lazyRouteComponent(() => import("@/features/users/users-page"), "UsersPage"),
});

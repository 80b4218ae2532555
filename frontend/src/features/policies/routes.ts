import { createRoute, lazyRouteComponent } from "@tanstack/react-router";

import { policiesQuery } from "@/features/policies/api";
import { strings } from "@/features/policies/strings";
import { collectionsQuery } from "@/lib/collections";
import { queryClient } from "@/lib/query";
import { projectRoute } from "@/routing/project-route";

/** What of the screen stands in the address. */
export type PoliciesSearch = {
  /** The policy in the drawer: its id, or `new`. */
  policy?: string;
  /** The policy that a new one begins as a copy of. */
  copy?: string;
  /** The template in the dialog. */
  template?: string;
  /** The test in the drawer: its id, or `new`. */
  test?: string;
  /** Whose cell of the matrix is open, or whom an explanation is about. */
  principal?: string;
  collection?: string;
  action?: string;
  /** The record that an explanation is about, and the body that is sent. */
  record?: string;
  data?: string;
  /** Which more columns the matrix shows, with commas: `keys`, `members`. */
  show?: string;
};

const MEMBERS = [
  "policy",
  "copy",
  "template",
  "test",
  "principal",
  "collection",
  "action",
  "record",
  "data",
  "show",
] as const;

function text(value: unknown): string | undefined {
  if (typeof value === "number") return String(value);
  if (typeof value === "object" && value !== null) return JSON.stringify(value);
  return typeof value === "string" && value !== "" ? value : undefined;
}

export const policiesRoute = createRoute({
  getParentRoute: () => projectRoute,
  path: "policies/{-$view}",
  staticData: { title: strings.title },
  validateSearch: (given): PoliciesSearch =>
    Object.fromEntries(MEMBERS.map((name) => [name, text(given[name])])),
  loader: ({ params }) =>
    Promise.all([
      queryClient.ensureQueryData(collectionsQuery(params.project)),
      queryClient.ensureQueryData(policiesQuery(params.project)),
    ]),
  component: lazyRouteComponent(() => import("@/features/policies/policies-page"), "PoliciesPage"),
});

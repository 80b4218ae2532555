import { createRoute, lazyRouteComponent } from "@tanstack/react-router";

import { strings } from "@/features/schema/strings";
import { schemaQuery } from "@/lib/collections";
import { queryClient } from "@/lib/query";
import { projectRoute } from "@/routing/project-route";

/**
 * What is open: the plan (`review`), a `field`, a composite `index`, a `rule` (or `new` ones), a new
 * collection (`create`), or the `settings` of this one.
 */
export type SchemaSearch = {
  review?: true;
  create?: true;
  settings?: true;
  field?: string;
  index?: string;
  rule?: string;
  /** Fields of such a name alone are shown. */
  find?: string;
};

function word(value: unknown): string | undefined {
  return typeof value === "string" || typeof value === "number" ? String(value) : undefined;
}

export const schemaRoute = createRoute({
  getParentRoute: () => projectRoute,
  path: "schema/{-$collection}",
  staticData: { title: strings.title },
  validateSearch: ({ review, create, settings, field, index, rule, find }): SchemaSearch => ({
    review: review ? true : undefined,
    create: create ? true : undefined,
    settings: settings ? true : undefined,
    field: word(field),
    index: word(index),
    rule: word(rule),
    find: word(find),
  }),
  loader: ({ params }) => queryClient.ensureQueryData(schemaQuery(params.project)),
  component: lazyRouteComponent(() => import("@/features/schema/schema-page"), "SchemaPage"),
});

/** `relate`: a relation is being made, from the first collection to the second. */
export type RelationsSearch = { review?: true; relate?: string };

export const relationsRoute = createRoute({
  getParentRoute: () => projectRoute,
  path: "relations",
  staticData: { title: strings.relations },
  validateSearch: ({ review, relate }): RelationsSearch => ({
    review: review ? true : undefined,
    relate: typeof relate === "string" ? relate : undefined,
  }),
  loader: ({ params }) => queryClient.ensureQueryData(schemaQuery(params.project)),
  component: lazyRouteComponent(() => import("@/features/schema/relations-page"), "RelationsPage"),
});

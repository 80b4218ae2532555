import { createRoute, lazyRouteComponent } from "@tanstack/react-router";

import { strings } from "@/features/data/strings";
import { collectionsQuery } from "@/lib/collections";
import { queryClient } from "@/lib/query";
import { projectRoute } from "@/routing/project-route";

/** What of the explorer stands in the address. */
export type DataSearch = {
  filter?: Record<string, unknown>;
  /** As the API takes it: `-created_at`. */
  sort?: string;
  /** The columns that are not shown, with commas. */
  hide?: string;
  /** The record in the drawer: its id, or `new`. */
  record?: string;
  /** The import is open. */
  import?: true;
};

function text(value: unknown): string | undefined {
  if (typeof value === "number") return String(value);
  return typeof value === "string" && value !== "" ? value : undefined;
}

export const dataRoute = createRoute({
  getParentRoute: () => projectRoute,
  path: "data/{-$collection}",
  staticData: { title: strings.title },
  validateSearch: ({ filter, sort, hide, record, ...rest }): DataSearch => ({
    filter:
      typeof filter === "object" && filter !== null
        ? (filter as Record<string, unknown>)
        : undefined,
    sort: text(sort),
    hide: text(hide),
    record: text(record),
    import: rest.import ? true : undefined,
  }),
  loader: ({ params }) => queryClient.ensureQueryData(collectionsQuery(params.project)),
  component: lazyRouteComponent(() => import("@/features/data/data-page"), "DataPage"),
});

import { createRoute, lazyRouteComponent } from "@tanstack/react-router";

import { strings } from "@/features/realtime/strings";
import { collectionsQuery } from "@/lib/collections";
import { queryClient } from "@/lib/query";
import { projectRoute } from "@/routing/project-route";

/** What is listened to; tokens are no part of an address. */
export type RealtimeSearch = {
  collection?: string;
  where?: Record<string, unknown>;
  channel?: string;
  /** Words that the shown lines hold. */
  find?: string;
};

const text = (value: unknown) => (typeof value === "string" && value ? value : undefined);

export const realtimeRoute = createRoute({
  getParentRoute: () => projectRoute,
  path: "realtime",
  staticData: { title: strings.title },
  validateSearch: ({ collection, where, channel, find }): RealtimeSearch => ({
    collection: text(collection),
    where:
      typeof where === "object" && where !== null ? (where as RealtimeSearch["where"]) : undefined,
    channel: text(channel),
    find: text(find),
  }),
  loader: ({ params }) => queryClient.ensureQueryData(collectionsQuery(params.project)),
  component: lazyRouteComponent(() => import("@/features/realtime/realtime-page"), "RealtimePage"),
});

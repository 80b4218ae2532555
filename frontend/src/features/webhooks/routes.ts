import { createRoute, lazyRouteComponent } from "@tanstack/react-router";

import {
  deliveriesQuery,
  type DeliveryStatus,
  webhookQuery,
  webhooksQuery,
} from "@/features/webhooks/api";
import { strings } from "@/features/webhooks/strings";
import { collectionsQuery } from "@/lib/collections";
import { queryClient } from "@/lib/query";
import { projectRoute } from "@/routing/project-route";

export const STATUSES = ["pending", "succeeded", "failed", "dead", "skipped"] as const;

export const webhooksRoute = createRoute({
  getParentRoute: () => projectRoute,
  path: "webhooks",
  staticData: { title: strings.title },
  validateSearch: ({ create }): { create?: boolean } => ({
    create: create === true || undefined,
  }),
  loader: ({ params }) =>
    Promise.all([
      queryClient.ensureQueryData(webhooksQuery(params.project)),
      queryClient.ensureQueryData(collectionsQuery(params.project)),
    ]),
  component: lazyRouteComponent(() => import("@/features/webhooks/webhooks-page"), "WebhooksPage"),
});

export type WebhookSearch = {
  status?: DeliveryStatus;
  /** The delivery beside the list. */
  delivery?: string;
  edit?: boolean;
};

export const webhookRoute = createRoute({
  getParentRoute: () => projectRoute,
  path: "webhooks/$webhook",
  staticData: { title: strings.title },
  validateSearch: ({ status, delivery, edit }): WebhookSearch => ({
    status: STATUSES.find((each) => each === status),
    delivery: typeof delivery === "string" ? delivery : undefined,
    edit: edit === true || undefined,
  }),
  loader: ({ params }) =>
    Promise.all([
      queryClient.ensureQueryData(webhookQuery(params.project, params.webhook)),
      queryClient.ensureQueryData(collectionsQuery(params.project)),
      queryClient.prefetchInfiniteQuery(deliveriesQuery(params.project, params.webhook)),
    ]),
  component: lazyRouteComponent(() => import("@/features/webhooks/webhook-page"), "WebhookPage"),
});

import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";

import { api, type Schemas, unwrap } from "@/lib/api";
import { queryClient } from "@/lib/query";

export type Webhook = Schemas["WebhookRead"];
export type WebhookWrite = Schemas["WebhookCreate"];
export type Delivery = Schemas["DeliveryRead"];
export type DeliveryDetail = Schemas["DeliveryDetail"];
export type DeliveryStatus = Delivery["status"];
export type Attempt = Schemas["Attempt"];

const MOST = 200;
const PAGE = 50;
const LIVE_MS = 2_000;

const all = (project: string) => ["project", project, "webhooks"];

export function webhooksQuery(project: string) {
  return queryOptions({
    queryKey: [...all(project), "list"],
    queryFn: () =>
      unwrap(
        api.GET("/api/projects/{project}/webhooks", {
          params: { path: { project }, query: { limit: MOST } },
        }),
      ).then((page) => page.data),
  });
}

export function webhookQuery(project: string, id: string) {
  return queryOptions({
    queryKey: [...all(project), "one", id],
    queryFn: () =>
      unwrap(
        api.GET("/api/projects/{project}/webhooks/{webhook_id}", {
          params: { path: { project, webhook_id: id } },
        }),
      ),
    refetchInterval: 2 * LIVE_MS,
  });
}

export function deliveriesQuery(project: string, id: string, status?: DeliveryStatus) {
  return infiniteQueryOptions({
    queryKey: [...all(project), "deliveries", id, status ?? null],
    queryFn: ({ pageParam }) =>
      unwrap(
        api.GET("/api/projects/{project}/webhooks/{webhook_id}/deliveries", {
          params: {
            path: { project, webhook_id: id },
            query: { limit: PAGE, status, cursor: pageParam || undefined },
          },
        }),
      ),
    initialPageParam: "",
    getNextPageParam: (last) => last.page.next_cursor ?? undefined,
    // Further pages are history: only a list of one page is kept up to date.
    refetchInterval: (query) => ((query.state.data?.pages.length ?? 0) > 1 ? false : LIVE_MS),
  });
}

export function deliveryQuery(project: string, id: string, delivery: string) {
  return queryOptions({
    queryKey: [...all(project), "delivery", id, delivery],
    queryFn: () =>
      unwrap(
        api.GET("/api/projects/{project}/webhooks/{webhook_id}/deliveries/{delivery_id}", {
          params: { path: { project, webhook_id: id, delivery_id: delivery } },
        }),
      ),
    refetchInterval: LIVE_MS,
  });
}

function changed(project: string): Promise<void> {
  return queryClient.invalidateQueries({ queryKey: all(project) });
}

/** The endpoint with its secret, which no other answer tells. */
export async function createWebhook(project: string, body: WebhookWrite) {
  const made = await unwrap(
    api.POST("/api/projects/{project}/webhooks", { params: { path: { project } }, body }),
  );
  await changed(project);
  return made;
}

export async function updateWebhook(
  project: string,
  id: string,
  body: Schemas["WebhookUpdate"],
): Promise<void> {
  const params = { path: { project, webhook_id: id } };
  await unwrap(api.PATCH("/api/projects/{project}/webhooks/{webhook_id}", { params, body }));
  await changed(project);
}

export async function deleteWebhook(project: string, id: string): Promise<void> {
  const params = { path: { project, webhook_id: id } };
  await unwrap(api.DELETE("/api/projects/{project}/webhooks/{webhook_id}", { params }));
  await changed(project);
}

export async function rotateSecret(project: string, id: string): Promise<string> {
  const params = { path: { project, webhook_id: id } };
  const made = await unwrap(
    api.POST("/api/projects/{project}/webhooks/{webhook_id}/rotate", { params }),
  );
  await changed(project);
  return made.secret;
}

/** The delivery of the test event. */
export async function sendTest(project: string, id: string): Promise<Delivery> {
  const params = { path: { project, webhook_id: id } };
  const made = await unwrap(
    api.POST("/api/projects/{project}/webhooks/{webhook_id}/test", { params }),
  );
  await changed(project);
  return made;
}

export async function redeliver(project: string, id: string, delivery: string): Promise<void> {
  const params = { path: { project, webhook_id: id, delivery_id: delivery } };
  await unwrap(
    api.POST("/api/projects/{project}/webhooks/{webhook_id}/deliveries/{delivery_id}/redeliver", {
      params,
    }),
  );
  await changed(project);
}

/** How many are on their way again. */
export async function redeliverAll(
  project: string,
  id: string,
  status: Exclude<DeliveryStatus, "pending">,
): Promise<number> {
  const params = { path: { project, webhook_id: id } };
  const { count } = await unwrap(
    api.POST("/api/projects/{project}/webhooks/{webhook_id}/redeliver", {
      params,
      body: { status },
    }),
  );
  await changed(project);
  return count;
}

import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { SendIcon } from "lucide-react";
import { toast } from "sonner";

import { ConfirmButton } from "@/components/confirm-dialog/confirm-button";
import { EmptyState } from "@/components/empty-state";
import { ErrorPanel } from "@/components/error-panel";
import { Button } from "@/components/ui/button";
import { Card, CardHeader, CardTitle } from "@/components/ui/card";
import {
  Select,
  SelectContent,
  SelectItem,
  SelectTrigger,
  SelectValue,
} from "@/components/ui/select";
import { Skeleton } from "@/components/ui/skeleton";
import {
  deliveriesQuery,
  type Delivery,
  type DeliveryStatus,
  redeliverAll,
  type Webhook,
} from "@/features/webhooks/api";
import { StatusBadge } from "@/features/webhooks/components/state-badge";
import { STATUSES, webhookRoute, type WebhookSearch } from "@/features/webhooks/routes";
import { strings } from "@/features/webhooks/strings";
import { type Collection, collectionsQuery } from "@/lib/collections";
import { collectionLabel } from "@/lib/fields";
import { formatAgo, formatCount, formatMoment, shortId } from "@/lib/format";

type Props = { project: string; webhook: Webhook };
const ANY = "any";

export function Deliveries({ project, webhook }: Props) {
  const { status } = webhookRoute.useSearch();
  const list = useInfiniteQuery(deliveriesQuery(project, webhook.id, status));
  const { data: collections = [] } = useQuery(collectionsQuery(project));
  const rows = list.data?.pages.flatMap((page) => page.data) ?? [];
  return (
    <Card className="overflow-hidden">
      <CardHeader className="border-b pb-3">
        <CardTitle>{strings.deliveries}</CardTitle>
        <div className="flex flex-wrap items-center gap-2">
          {status && status !== "pending" && rows.length > 0 && (
            <RedeliverAll project={project} webhook={webhook} status={status} />
          )}
          <StatusFilter status={status} />
        </div>
      </CardHeader>
      {list.isError && (
        <ErrorPanel error={list.error} onRetry={() => void list.refetch()} className="m-4" />
      )}
      {list.isPending && <Loading />}
      {list.isSuccess && rows.length === 0 && <None isFiltered={status !== undefined} />}
      <ol className="divide-y">
        {rows.map((delivery) => (
          <Row
            key={delivery.id}
            delivery={delivery}
            collection={collections.find(({ name }) => name === delivery.collection)}
          />
        ))}
      </ol>
      {list.hasNextPage && (
        <div className="border-t p-2 text-center">
          <Button variant="ghost" onClick={() => void list.fetchNextPage()}>
            {strings.loadMore}
          </Button>
        </div>
      )}
    </Card>
  );
}

function StatusFilter({ status }: { status?: DeliveryStatus }) {
  const navigate = useNavigate();

  function choose(next: string) {
    const chosen = STATUSES.find((each) => each === next);
    void navigate({ from: webhookRoute.fullPath, to: ".", search: { status: chosen } });
  }

  return (
    <Select value={status ?? ANY} onValueChange={choose}>
      <SelectTrigger aria-label={strings.filterStatus} className="w-36">
        <SelectValue />
      </SelectTrigger>
      <SelectContent>
        <SelectItem value={ANY}>{strings.anyStatus}</SelectItem>
        {STATUSES.map((each) => (
          <SelectItem key={each} value={each}>
            {strings.statuses[each]}
          </SelectItem>
        ))}
      </SelectContent>
    </Select>
  );
}

function Row({ delivery, collection }: { delivery: Delivery; collection?: Collection }) {
  const { record_id: id } = delivery;
  const where = collection ? collectionLabel(collection) : delivery.collection;
  const answer = delivery.response_status ?? delivery.error ?? strings.none;
  return (
    <li>
      <Link
        from={webhookRoute.fullPath}
        to="."
        search={(now: WebhookSearch) => ({ ...now, delivery: delivery.id })}
        className="grid grid-cols-[1fr_auto] items-center gap-x-4 gap-y-0.5 px-5 py-2 outline-offset-[-2px] hover:bg-muted/50 sm:grid-cols-[7rem_1fr_8rem_5rem_7rem]"
      >
        <span className="max-sm:order-2">
          <StatusBadge status={delivery.status} />
        </span>
        <span className="min-w-0 max-sm:order-1">
          <span className="block truncate text-sm font-medium">{delivery.type}</span>
          <span className="block truncate text-xs text-muted-foreground">
            {where} {id && <span title={id}>{shortId(id)}</span>}
          </span>
        </span>
        <span className="truncate font-mono text-xs text-muted-foreground max-sm:order-3">
          {answer}
        </span>
        <span className="text-xs text-muted-foreground tabular-nums max-sm:hidden">
          {formatCount(delivery.attempts, strings.attemptNoun)}
        </span>
        <time
          dateTime={delivery.created_at}
          title={formatMoment(delivery.created_at)}
          className="text-right text-xs text-muted-foreground max-sm:order-4"
        >
          {formatAgo(delivery.created_at)}
        </time>
      </Link>
    </li>
  );
}

function RedeliverAll({
  project,
  webhook,
  status,
}: Props & { status: Exclude<DeliveryStatus, "pending"> }) {
  return (
    <ConfirmButton
      variant="outline"
      title={strings.redeliverAllTitle(strings.statuses[status])}
      description={strings.redeliverAllAbout}
      action={strings.redeliver}
      isDestructive={false}
      onConfirm={async () => {
        const count = await redeliverAll(project, webhook.id, status);
        const said = formatCount(count, strings.deliveryNoun, strings.deliveryNouns);
        toast.success(strings.redeliveredAll(said));
      }}
    >
      {strings.redeliverAll}
    </ConfirmButton>
  );
}

function None({ isFiltered }: { isFiltered: boolean }) {
  return (
    <EmptyState
      icon={SendIcon}
      title={isFiltered ? strings.deliveriesNoMatch : strings.deliveriesNone}
    >
      {!isFiltered && <p>{strings.deliveriesNoneAbout}</p>}
    </EmptyState>
  );
}

function Loading() {
  return (
    <div role="status" aria-label="Loading" className="grid gap-2 p-4">
      {Array.from({ length: 6 }, (_, index) => (
        <Skeleton key={index} className="h-9" />
      ))}
    </div>
  );
}

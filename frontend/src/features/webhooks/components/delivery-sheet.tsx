import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { RotateCwIcon } from "lucide-react";
import { toast } from "sonner";

import { ErrorPanel } from "@/components/error-panel";
import { JsonBlock } from "@/components/json-block";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import {
  Sheet,
  SheetBody,
  SheetContent,
  SheetFooter,
  SheetHeader,
  SheetTitle,
} from "@/components/ui/sheet";
import { Skeleton } from "@/components/ui/skeleton";
import {
  type Attempt,
  type DeliveryDetail,
  deliveryQuery,
  redeliver,
  type Webhook,
} from "@/features/webhooks/api";
import { StatusBadge } from "@/features/webhooks/components/state-badge";
import { webhookRoute, type WebhookSearch } from "@/features/webhooks/routes";
import { strings } from "@/features/webhooks/strings";
import { formatAgo, formatMoment, formatNumber } from "@/lib/format";
import { asProblem } from "@/lib/problem";
import { useIsAdmin } from "@/routing/use-project";

type Props = { project: string; webhook: Webhook };

/** The delivery that the address names: what was sent, and what came back, each time. */
export function DeliverySheet({ project, webhook }: Props) {
  const { delivery } = webhookRoute.useSearch();
  const navigate = useNavigate();

  function close() {
    void navigate({
      from: webhookRoute.fullPath,
      to: ".",
      search: (now: WebhookSearch) => ({ ...now, delivery: undefined }),
    });
  }

  return (
    <Sheet open={delivery !== undefined} onOpenChange={(open) => !open && close()}>
      <SheetContent>
        {delivery !== undefined && <Shown project={project} webhook={webhook} id={delivery} />}
      </SheetContent>
    </Sheet>
  );
}

function Shown({ project, webhook, id }: Props & { id: string }) {
  const { data, error, refetch } = useQuery(deliveryQuery(project, webhook.id, id));
  const isAdmin = useIsAdmin();

  function again() {
    redeliver(project, webhook.id, id).then(
      () => toast.success(strings.redelivered),
      (caught: unknown) => toast.error(asProblem(caught).body.detail),
    );
  }

  return (
    <>
      <SheetHeader>
        <SheetTitle>{data?.type ?? strings.deliveries}</SheetTitle>
        <p className="truncate font-mono text-xs text-muted-foreground">{data?.message_id ?? id}</p>
      </SheetHeader>
      <SheetBody className="grid content-start gap-5">
        {error && <ErrorPanel error={error} onRetry={() => void refetch()} />}
        {!data && !error && <Skeleton className="h-64" />}
        {data && <Detail delivery={data} />}
      </SheetBody>
      {isAdmin && (
        <SheetFooter>
          <Button onClick={again}>
            <RotateCwIcon />
            {strings.redeliver}
          </Button>
        </SheetFooter>
      )}
    </>
  );
}

function Detail({ delivery }: { delivery: DeliveryDetail }) {
  return (
    <>
      <div className="flex flex-wrap items-center gap-2 text-xs text-muted-foreground">
        <StatusBadge status={delivery.status} />
        <time dateTime={delivery.created_at}>{formatMoment(delivery.created_at)}</time>
        {delivery.seq !== null && (
          <span>
            {strings.sequence} {formatNumber(delivery.seq)}
          </span>
        )}
        {delivery.next_attempt_at && (
          <span>{strings.nextAttempt(formatAgo(delivery.next_attempt_at))}</span>
        )}
      </div>
      <section className="grid gap-2">
        <h3 className="text-sm font-semibold">{strings.tries}</h3>
        {delivery.log.length === 0 && (
          <p className="text-sm text-muted-foreground">{strings.noTries}</p>
        )}
        <ol className="grid gap-2">
          {delivery.log.toReversed().map((attempt) => (
            <Try key={attempt.number} attempt={attempt} />
          ))}
        </ol>
      </section>
      <section className="grid gap-2">
        <h3 className="text-sm font-semibold">{strings.request}</h3>
        {delivery.payload ? (
          <JsonBlock value={delivery.payload} label={strings.request} />
        ) : (
          <p className="text-sm text-muted-foreground">{strings.requestNone}</p>
        )}
      </section>
    </>
  );
}

function Try({ attempt }: { attempt: Attempt }) {
  const status = attempt.response_status;
  const isTaken = status !== null && status >= 200 && status < 300;
  return (
    <li className="grid gap-2 rounded-lg border px-3 py-2">
      <div className="flex flex-wrap items-center gap-2 text-xs">
        <span className="font-medium">#{attempt.number}</span>
        <Badge variant={isTaken ? "success" : "destructive"}>{status ?? strings.noAnswer}</Badge>
        <span className="text-muted-foreground tabular-nums">
          {strings.took(formatNumber(attempt.duration_ms))}
        </span>
        <time
          dateTime={attempt.at}
          title={formatMoment(attempt.at)}
          className="ml-auto text-muted-foreground"
        >
          {formatAgo(attempt.at)}
        </time>
      </div>
      {attempt.error && <p className="text-xs break-words text-destructive">{attempt.error}</p>}
      {attempt.response_body && (
        <JsonBlock
          value={attempt.response_body}
          label={strings.responseBody}
          className="max-h-40"
        />
      )}
    </li>
  );
}

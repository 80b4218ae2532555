import { useQuery } from "@tanstack/react-query";
import { HistoryIcon } from "lucide-react";

import { EmptyState } from "@/components/empty-state";
import { ErrorPanel } from "@/components/error-panel";
import { Card, CardContent, CardHeader, CardTitle } from "@/components/ui/card";
import { Skeleton } from "@/components/ui/skeleton";
import { activityQuery, type AuditEntry } from "@/features/overview/api";
import { strings } from "@/features/overview/strings";
import { useActorNames } from "@/lib/actors";
import { formatAgo, formatMoment } from "@/lib/format";

const ROWS = 6;

export function Activity({ project }: { project: string }) {
  const { data: entries, error, refetch } = useQuery(activityQuery(project));
  const nameOf = useActorNames(project, entries?.map((entry) => entry.actor) ?? []);
  return (
    <Card>
      <CardHeader>
        <CardTitle>{strings.activity}</CardTitle>
      </CardHeader>
      <CardContent className="pt-3">
        {error ? (
          <ErrorPanel error={error} onRetry={() => void refetch()} />
        ) : entries === undefined ? (
          <Loading />
        ) : entries.length === 0 ? (
          <EmptyState icon={HistoryIcon} title={strings.activityNone} className="py-8">
            <p>{strings.activityNoneAbout}</p>
          </EmptyState>
        ) : (
          <ol className="-my-1">
            {entries.map((entry) => (
              <Entry key={entry.cursor} entry={entry} actor={nameOf(entry.actor)} />
            ))}
          </ol>
        )}
      </CardContent>
    </Card>
  );
}

function Entry({ entry, actor }: { entry: AuditEntry; actor: string | null }) {
  const where = [entry.collection, entry.record_id].filter(Boolean).join(" / ");
  return (
    <li className="flex items-baseline gap-3 py-1.5">
      <span className="min-w-0 flex-1">
        <span className="block truncate text-sm">
          <span className="font-medium">{entry.action}</span>{" "}
          {where && <span className="text-muted-foreground">{where}</span>}
        </span>
        <span className="block truncate text-xs text-muted-foreground">
          {strings.by(actor ?? strings.unknownActor)}
        </span>
      </span>
      <time
        dateTime={entry.at}
        title={formatMoment(entry.at)}
        className="shrink-0 text-xs text-muted-foreground"
      >
        {formatAgo(entry.at)}
      </time>
    </li>
  );
}

function Loading() {
  return (
    <div className="grid gap-3" role="status" aria-label="Loading">
      {Array.from({ length: ROWS }, (_, index) => (
        <Skeleton key={index} className="h-9" />
      ))}
    </div>
  );
}

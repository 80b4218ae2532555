import { useQuery } from "@tanstack/react-query";
import { HistoryIcon, UndoIcon } from "lucide-react";
import { toast } from "sonner";

import { EmptyState } from "@/components/empty-state";
import { ErrorPanel } from "@/components/error-panel";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Skeleton } from "@/components/ui/skeleton";
import { type Change, historyQuery, revert } from "@/features/data/api";
import { strings } from "@/features/data/strings";
import { useActorNames } from "@/lib/actors";
import { formatAgo, formatMoment } from "@/lib/format";
import { asProblem } from "@/lib/problem";
import { useMayWrite } from "@/routing/use-project";

const TONES = { created: "success", updated: "default", deleted: "destructive" } as const;

export function RecordHistory(props: { project: string; collection: string; id: string }) {
  const { project, collection, id } = props;
  const { data: changes, error, refetch } = useQuery(historyQuery(project, collection, id));
  const mayWrite = useMayWrite();
  const nameOf = useActorNames(project, changes?.map((change) => change.actor) ?? []);
  if (error) return <ErrorPanel error={error} onRetry={() => void refetch()} className="m-5" />;
  if (!changes) return <Skeleton className="m-5 h-40" />;
  if (changes.length === 0) return <EmptyState icon={HistoryIcon} title={strings.historyNone} />;

  function goBack(seq: number) {
    revert(project, collection, id, seq).then(
      () => toast.success(strings.reverted),
      (caught: unknown) => toast.error(asProblem(caught).body.detail),
    );
  }

  return (
    <ol className="divide-y px-5">
      {changes.map((change, index) => (
        <ChangeItem
          key={change.n}
          change={change}
          actor={nameOf(change.actor)}
          onRevert={
            mayWrite && index > 0 && change.seq !== null && change.after
              ? () => goBack(change.seq as number)
              : undefined
          }
        />
      ))}
    </ol>
  );
}

function ChangeItem({
  change,
  actor,
  onRevert,
}: {
  change: Change;
  actor: string | null;
  onRevert?: () => void;
}) {
  const tone = TONES[change.action as keyof typeof TONES] ?? "secondary";
  const fields = Object.entries(change.diff ?? {}).filter(
    ([name]) => name !== "updated_at" && name !== "id" && name !== "created_at",
  );
  return (
    <li className="py-3">
      <div className="flex items-center gap-2">
        <Badge variant={tone}>{change.action}</Badge>
        <time
          dateTime={change.at}
          title={formatMoment(change.at)}
          className="text-xs text-muted-foreground"
        >
          {formatAgo(change.at)} {actor && strings.by(actor)}
        </time>
        {onRevert && (
          <Button variant="ghost" size="sm" className="ml-auto" onClick={onRevert}>
            <UndoIcon />
            {strings.revert}
          </Button>
        )}
      </div>
      <dl className="mt-2 grid grid-cols-[minmax(5rem,auto)_1fr] gap-x-3 gap-y-1 text-sm">
        {fields.map(([name, { before, after }]) => (
          <div key={name} className="contents">
            <dt className="truncate text-muted-foreground">{name}</dt>
            <dd className="min-w-0 font-mono text-xs leading-5 break-words">
              {change.action === "updated" && (
                <>
                  <del className="text-destructive">{written(before)}</del>{" "}
                  <span aria-hidden>→</span>{" "}
                </>
              )}
              <ins className="no-underline">{written(after)}</ins>
            </dd>
          </div>
        ))}
      </dl>
    </li>
  );
}

function written(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value) ?? strings.null);
}

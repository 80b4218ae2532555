import { ChevronRightIcon, UndoIcon } from "lucide-react";

import { CopyButton } from "@/components/copy-button";
import { JsonBlock } from "@/components/json-block";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import type { AuditEntry } from "@/features/audit/api";
import { Diff } from "@/features/audit/components/diff";
import { strings } from "@/features/audit/strings";
import { useAuditSearch } from "@/features/audit/use-audit-search";
import { cn } from "@/lib/cn";
import { formatAgo, formatMoment } from "@/lib/format";
import { useMayWrite } from "@/routing/use-project";

const TONES = { created: "success", updated: "default", deleted: "destructive" } as const;

type EntryProps = { entry: AuditEntry; actor: string | null; isOpen: boolean };

export function Entry({ entry, actor, isOpen }: EntryProps) {
  const { update } = useAuditSearch();
  const tone = TONES[entry.action as keyof typeof TONES] ?? "secondary";
  const where = [entry.collection, entry.record_id].filter(Boolean).join(" / ");
  return (
    <li>
      <button
        type="button"
        aria-expanded={isOpen}
        onClick={() => update({ entry: isOpen ? undefined : entry.cursor })}
        className="flex w-full items-center gap-3 px-4 py-2 text-left outline-offset-[-2px] hover:bg-muted/50"
      >
        <ChevronRightIcon
          aria-hidden
          className={cn(
            "size-4 shrink-0 text-muted-foreground transition-transform",
            isOpen && "rotate-90",
          )}
        />
        <Badge variant={tone}>{entry.action}</Badge>
        <span className="min-w-0 flex-1">
          <span className="block truncate font-mono text-xs">{where}</span>
          <span className="block truncate text-xs text-muted-foreground">
            {strings.by(actor ?? strings.somebody)}
          </span>
        </span>
        <time
          dateTime={entry.at}
          title={formatMoment(entry.at)}
          className="shrink-0 text-xs text-muted-foreground"
        >
          {formatAgo(entry.at)}
        </time>
      </button>
      {isOpen && <Detail entry={entry} />}
    </li>
  );
}

function Detail({ entry }: { entry: AuditEntry }) {
  const { filter, update } = useAuditSearch();
  const mayWrite = useMayWrite();
  const actor = entry.actor?.split(":")[1];
  const { request_id, record_id } = entry;
  return (
    <div className="grid gap-3 border-t bg-muted/30 px-4 py-3 sm:pl-11">
      {entry.collection ? (
        <Diff entry={entry} />
      ) : (
        <JsonBlock value={entry.detail ?? {}} label={strings.details} />
      )}
      <p className="flex flex-wrap items-center gap-x-2 text-xs text-muted-foreground">
        <time dateTime={entry.at}>{formatMoment(entry.at)}</time>
        {request_id && (
          <span className="flex items-center gap-1">
            <code className="font-mono break-all">{request_id}</code>
            <CopyButton text={request_id} label={strings.request} className="size-6" />
          </span>
        )}
      </p>
      <div className="flex flex-wrap gap-2">
        {request_id && (
          <Button variant="outline" size="sm" onClick={() => filter({ request_id })}>
            {strings.sameRequest}
          </Button>
        )}
        {record_id && (
          <Button variant="outline" size="sm" onClick={() => filter({ record_id })}>
            {strings.sameRecord}
          </Button>
        )}
        {actor && (
          <Button variant="outline" size="sm" onClick={() => filter({ actor_id: actor })}>
            {strings.sameActor}
          </Button>
        )}
        {entry.collection && request_id && mayWrite && (
          <Button variant="outline" size="sm" onClick={() => update({ undo: true })}>
            <UndoIcon />
            {strings.undo}
          </Button>
        )}
      </div>
    </div>
  );
}

import { EraserIcon, PauseIcon, PlayIcon, RadioIcon } from "lucide-react";
import { useState } from "react";

import { EmptyState } from "@/components/empty-state";
import { JsonBlock } from "@/components/json-block";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card, CardHeader, CardTitle } from "@/components/ui/card";
import { Input } from "@/components/ui/input";
import { isMatch, type Line } from "@/features/realtime/messages";
import { strings } from "@/features/realtime/strings";
import { formatMoment, formatNumber } from "@/lib/format";

const TONES = {
  event: "default",
  broadcast: "success",
  presence: "secondary",
  error: "destructive",
  note: "warning",
} as const;

/** What was told, the newest first. While it is paused nothing moves, and nothing is lost. */
export function Stream({
  lines,
  find,
  onFind,
  onClear,
}: {
  lines: readonly Line[];
  find: string;
  onFind: (words: string) => void;
  onClear: () => void;
}) {
  const [held, setHeld] = useState<readonly Line[] | null>(null);
  const shown = (held ?? lines).filter((line) => isMatch(line, find));
  const waiting = held ? (lines[0]?.number ?? 0) - (held[0]?.number ?? 0) : 0;
  return (
    <Card className="min-w-0 overflow-hidden">
      <CardHeader className="border-b pb-3">
        <CardTitle>{strings.events}</CardTitle>
        <div className="flex flex-wrap items-center gap-2">
          {waiting > 0 && <Badge>{strings.waiting(waiting)}</Badge>}
          <Input
            aria-label={strings.filter}
            placeholder={strings.filter}
            defaultValue={find}
            className="w-40"
            onChange={(event) => onFind(event.target.value)}
          />
          <Button variant="outline" onClick={() => setHeld(held ? null : lines)}>
            {held ? <PlayIcon /> : <PauseIcon />}
            {held ? strings.resume : strings.pause}
          </Button>
          <Button
            variant="ghost"
            onClick={() => {
              onClear();
              if (held) setHeld([]);
            }}
          >
            <EraserIcon />
            {strings.clear}
          </Button>
        </div>
      </CardHeader>
      {shown.length === 0 ? (
        <Quiet isFiltered={find !== ""} />
      ) : (
        <ol className="max-h-[70dvh] divide-y overflow-y-auto" aria-live="off">
          {shown.map((line) => (
            <Told key={line.number} line={line} />
          ))}
        </ol>
      )}
    </Card>
  );
}

function Quiet({ isFiltered }: { isFiltered: boolean }) {
  return (
    <EmptyState icon={RadioIcon} title={isFiltered ? strings.noMatch : strings.quietTitle}>
      {!isFiltered && <p>{strings.quietAbout}</p>}
    </EmptyState>
  );
}

function Told({ line }: { line: Line }) {
  return (
    <li>
      <details>
        <summary className="flex cursor-pointer flex-wrap items-center gap-x-3 gap-y-1 px-5 py-2 outline-offset-[-2px] hover:bg-muted/50">
          <Badge variant={TONES[line.kind]}>{line.title}</Badge>
          <span className="min-w-0 flex-1 truncate font-mono text-xs">{line.about}</span>
          <span className="text-xs text-muted-foreground tabular-nums">
            {line.lag !== null && strings.lag(`${formatNumber(Math.round(line.lag))} ms`)}
            {line.seq !== null && ` · #${formatNumber(line.seq)}`}
          </span>
        </summary>
        <div className="grid gap-2 px-5 pb-3">
          <time dateTime={line.at} className="text-xs text-muted-foreground">
            {formatMoment(line.at)}
          </time>
          <JsonBlock value={line.data} label={strings.data} />
        </div>
      </details>
    </li>
  );
}

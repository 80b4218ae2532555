import { Badge } from "@/components/ui/badge";
import type { RunStatus, RunStep, Workflow } from "@/features/workflows/api";
import { strings } from "@/features/workflows/strings";
import { cn } from "@/lib/cn";

const TONES = {
  queued: "secondary",
  running: "default",
  waiting: "default",
  succeeded: "success",
  failed: "destructive",
  cancelled: "secondary",
  stopped: "warning",
} as const;

const DOTS: Record<RunStatus, string> = {
  queued: "bg-muted-foreground/40",
  running: "bg-primary animate-pulse",
  waiting: "bg-primary/50",
  succeeded: "bg-success",
  failed: "bg-destructive",
  cancelled: "bg-muted-foreground/40",
  stopped: "bg-warning",
};

export function RunBadge({ status }: { status: RunStatus | RunStep["status"] }) {
  return <Badge variant={TONES[status]}>{strings.statuses[status]}</Badge>;
}

export function StateBadge({ workflow }: { workflow: Workflow }) {
  if (workflow.broken) return <Badge variant="destructive">{strings.states.broken}</Badge>;
  return workflow.enabled ? (
    <Badge variant="success">{strings.states.on}</Badge>
  ) : (
    <Badge variant="secondary">{strings.states.off}</Badge>
  );
}

/** The last runs as dots, the newest at the right. */
export function RunDots({ statuses }: { statuses: readonly RunStatus[] }) {
  const said = statuses.map((status) => strings.statuses[status]).join(", ");
  return (
    <span
      role="img"
      aria-label={`${strings.lastRuns}: ${said || strings.noRuns}`}
      title={said || strings.noRuns}
      className="flex items-center gap-1"
    >
      {statuses.toReversed().map((status, at) => (
        <span key={at} className={cn("size-2 rounded-full", DOTS[status])} />
      ))}
    </span>
  );
}

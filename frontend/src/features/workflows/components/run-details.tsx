import { JsonBlock } from "@/components/json-block";
import { Alert } from "@/components/ui/alert";
import type { RunDetail, RunStep } from "@/features/workflows/api";
import { ActionIcon } from "@/features/workflows/components/action-icon";
import { RunBadge } from "@/features/workflows/components/badges";
import { strings } from "@/features/workflows/strings";
import { actionName } from "@/features/workflows/summaries";
import { useActorNames } from "@/lib/actors";
import { formatAgo, formatDuration, formatMoment } from "@/lib/format";
import { useProject } from "@/routing/use-project";

/** The run as a whole: by whom, how long, and each step. */
export function RunDetails({ run }: { run: RunDetail }) {
  const fault = run.error?.message ?? (run.reason && (strings.reasons[run.reason] ?? run.reason));
  return (
    <>
      <Facts run={run} />
      {fault && <Alert tone="destructive">{fault}</Alert>}
      <section className="grid gap-2">
        <h3 className="text-sm font-semibold">{strings.steps}</h3>
        {run.steps.length === 0 && (
          <p className="text-sm text-muted-foreground">{strings.noSteps}</p>
        )}
        <ol className="grid gap-2">
          {run.steps.map((step) => (
            <StepItem key={step.path} step={step} />
          ))}
        </ol>
      </section>
      {run.trigger && (
        <details>
          <summary className="cursor-pointer text-sm font-semibold">{strings.stepTrigger}</summary>
          <div className="mt-2">
            <JsonBlock value={run.trigger} label={strings.stepTrigger} />
          </div>
        </details>
      )}
    </>
  );
}

function Facts({ run }: { run: RunDetail }) {
  const whose = actorOf(run.acts_as);
  const nameOf = useActorNames(useProject().slug, [run.actor, whose]);
  const by = nameOf(run.actor);
  return (
    <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1.5 text-sm">
      <Fact name={strings.filterStatus}>
        <RunBadge status={run.status} />
      </Fact>
      <Fact name={strings.started}>
        {strings.triggers[run.trigger_type] ?? run.trigger_type}
        {by && ` ${strings.startedBy(by)}`}
        {", "}
        <time dateTime={run.created_at}>{formatMoment(run.created_at)}</time>
      </Fact>
      <Fact name={strings.actsAs}>{nameOf(whose) ?? run.acts_as.replace(":", " ")}</Fact>
      <Fact name={strings.took}>
        {formatDuration(run.started_at, run.finished_at)} · {strings.version(run.version)}
        {run.retry_of && ` · ${strings.retryOf}`}
        {run.next_at && ` · ${strings.nextAt(formatAgo(run.next_at))}`}
      </Fact>
    </dl>
  );
}

const KINDS: Record<string, string> = {
  user: "app_user",
  member: "admin_user",
  api_key: "api_key",
};

/** Whose rights it had, as logs call them; null where that is nobody in particular. */
function actorOf(actsAs: string): string | null {
  const [kind = "", id] = actsAs.split(":");
  return id && KINDS[kind] ? `${KINDS[kind]}:${id}` : null;
}

function Fact({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <>
      <dt className="text-muted-foreground">{name}</dt>
      <dd className="min-w-0 break-words">{children}</dd>
    </>
  );
}

export function StepItem({ step, isOpen }: { step: RunStep; isOpen?: boolean }) {
  return (
    <li>
      <details open={isOpen ?? step.status === "failed"} className="rounded-lg border">
        <summary className="flex cursor-pointer flex-wrap items-center gap-x-3 gap-y-1 px-3 py-2 text-sm">
          <ActionIcon name={step.action} className="size-4 text-muted-foreground" />
          <span className="min-w-0 font-medium break-all">{step.path}</span>
          <span className="text-xs text-muted-foreground">{actionName(step.action)}</span>
          <span className="ml-auto flex items-center gap-2 text-xs text-muted-foreground tabular-nums">
            {step.attempts > 1 && strings.attempts(step.attempts)}
            {step.next_at
              ? strings.nextAt(formatAgo(step.next_at))
              : formatDuration(step.started_at, step.finished_at)}
            <RunBadge status={step.status} />
          </span>
        </summary>
        <div className="grid gap-3 border-t px-3 py-3">
          {step.error && (
            <p className="text-sm break-words text-destructive">
              {step.error.message}{" "}
              <code className="font-mono text-xs text-muted-foreground">{step.error.code}</code>
            </p>
          )}
          {step.input !== null && <Value name={strings.stepInput} value={step.input} />}
          {step.output !== null && step.output !== undefined && (
            <Value name={strings.stepOutput} value={step.output} />
          )}
        </div>
      </details>
    </li>
  );
}

function Value({ name, value }: { name: string; value: unknown }) {
  return (
    <div className="grid gap-1">
      <p className="text-xs text-muted-foreground">{name}</p>
      <JsonBlock value={value} label={name} />
    </div>
  );
}

import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { ArrowLeftIcon } from "lucide-react";
import { lazy, Suspense, useMemo } from "react";

import { ErrorPanel } from "@/components/error-panel";
import { JsonBlock } from "@/components/json-block";
import { Button } from "@/components/ui/button";
import { Skeleton } from "@/components/ui/skeleton";
import {
  type RunDetail,
  runQuery,
  type Version,
  versionsQuery,
  type Workflow,
} from "@/features/workflows/api";
import { Outcome } from "@/features/workflows/components/outcome";
import { RunActions } from "@/features/workflows/components/run-actions";
import { RunDetails, StepItem } from "@/features/workflows/components/run-details";
import { parsePath, stepAt } from "@/features/workflows/definition";
import { TRIGGER_KEY } from "@/features/workflows/layout";
import { workflowRoute, type WorkflowSearch } from "@/features/workflows/routes";
import { ranOf, stepIdOf } from "@/features/workflows/run-steps";
import { strings } from "@/features/workflows/strings";

const Canvas = lazy(() => import("@/features/workflows/components/canvas"));

type Props = { project: string; workflow: Workflow; id: string };
type Shape = Pick<Version, "trigger" | "steps">;

/** A run painted onto the picture of the version it went by, and beside it what is chosen there. */
export function RunView({ project, workflow, id }: Props) {
  const { step } = workflowRoute.useSearch();
  const navigate = useNavigate();
  const { data: run, error, refetch } = useQuery(runQuery(project, id));
  const shape = useShape(project, workflow, run);

  function look(change: WorkflowSearch) {
    void navigate({
      from: workflowRoute.fullPath,
      to: ".",
      search: (now: WorkflowSearch) => ({ ...now, ...change }),
    });
  }

  return (
    <div className="flex min-h-0 flex-1 flex-col lg:flex-row">
      <div className="h-[42dvh] shrink-0 border-b lg:h-auto lg:min-w-0 lg:flex-1 lg:border-r lg:border-b-0">
        {run && shape && (
          <Picture
            run={run}
            shape={shape}
            selected={step}
            onSelect={(next) => look({ step: next })}
          />
        )}
      </div>
      <aside className="flex min-h-0 flex-col bg-card lg:w-[26rem] xl:w-[30rem]">
        <Head id={id} />
        <div className="grid min-h-0 flex-1 content-start gap-5 overflow-y-auto p-4">
          {error && <ErrorPanel error={error} onRetry={() => void refetch()} />}
          {!run && !error && (
            <Skeleton role="status" aria-label={strings.loading} className="h-64" />
          )}
          {run && (
            <Chosen
              run={run}
              shape={shape}
              place={step}
              onWhole={() => look({ step: undefined })}
            />
          )}
        </div>
        {run && (
          <RunActions
            project={project}
            run={run}
            onRun={(next) => look({ run: next, step: undefined })}
          />
        )}
      </aside>
    </div>
  );
}

/** What the run went by: the version in force, or a former one. */
function useShape(project: string, workflow: Workflow, run?: RunDetail): Shape | undefined {
  const isFormer = run !== undefined && run.version !== workflow.version;
  const { data } = useQuery({ ...versionsQuery(project, workflow.id), enabled: isFormer });
  return isFormer ? data?.find(({ version }) => version === run.version) : workflow;
}

function Picture({
  run,
  shape,
  selected,
  onSelect,
}: {
  run: RunDetail;
  shape: Shape;
  selected: string | undefined;
  onSelect: (place: string | undefined) => void;
}) {
  const ran = useMemo(() => ranOf(run.steps), [run.steps]);
  return (
    <Suspense fallback={<Skeleton className="m-auto h-40 w-60" />}>
      <Canvas
        trigger={shape.trigger}
        steps={shape.steps}
        faults={NO_FAULTS}
        selected={selected}
        ran={ran}
        onSelect={onSelect}
      />
    </Suspense>
  );
}

const NO_FAULTS = [] as const;

function Head({ id }: { id: string }) {
  return (
    <div className="flex items-center gap-2 border-b px-2 py-1.5">
      <Button variant="ghost" size="sm" asChild>
        <Link
          from={workflowRoute.fullPath}
          to="."
          search={(now: WorkflowSearch) => ({ tab: "runs" as const, status: now.status })}
        >
          <ArrowLeftIcon />
          {strings.backToRuns}
        </Link>
      </Button>
      <span className="ml-auto truncate font-mono text-xs text-muted-foreground">{id}</span>
    </div>
  );
}

/** The turns of one step, what started the run, or all of it. */
function Chosen({
  run,
  shape,
  place,
  onWhole,
}: {
  run: RunDetail;
  shape: Shape | undefined;
  place: string | undefined;
  onWhole: () => void;
}) {
  const path = parsePath(place ?? "");
  const step = path && shape ? stepAt(shape.steps, path) : undefined;
  const isTrigger = place === TRIGGER_KEY;
  if (!step && !isTrigger) return <RunDetails run={run} />;
  const turns = step ? run.steps.filter((each) => stepIdOf(each.path) === step.id) : [];
  return (
    <section className="grid gap-3">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <h2 className="min-w-0 truncate text-base font-semibold">
          {step ? strings.stepTitle(step.id) : strings.stepTrigger}
        </h2>
        <Button variant="ghost" size="sm" className="ml-auto" onClick={onWhole}>
          {strings.allSteps}
        </Button>
      </div>
      {isTrigger && <JsonBlock value={run.trigger} label={strings.stepTrigger} />}
      {step && turns.length === 0 && (
        <p className="text-sm">
          <Outcome ran={null} />
        </p>
      )}
      <ol className="grid gap-2">
        {turns.map((turn) => (
          <StepItem
            key={turn.path}
            step={turn}
            isOpen={turns.length === 1 || turn.status === "failed"}
          />
        ))}
      </ol>
    </section>
  );
}

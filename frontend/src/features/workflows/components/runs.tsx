import { useInfiniteQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { PlayIcon } from "lucide-react";
import { toast } from "sonner";

import { ConfirmButton } from "@/components/confirm-dialog/confirm-button";
import { EmptyState } from "@/components/empty-state";
import { ErrorPanel, NotForRole } from "@/components/error-panel";
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
  retryRuns,
  type Run,
  type RunStatus,
  runsQuery,
  type Workflow,
} from "@/features/workflows/api";
import { RunBadge } from "@/features/workflows/components/badges";
import { RunView } from "@/features/workflows/components/run-view";
import { STATUSES, workflowRoute, type WorkflowSearch } from "@/features/workflows/routes";
import { strings } from "@/features/workflows/strings";
import { useActorNames } from "@/lib/actors";
import { formatAgo, formatCount, formatDuration, formatMoment, shortId } from "@/lib/format";
import { useMayWrite } from "@/routing/use-project";

type Props = { project: string; workflow: Workflow };
const ANY = "any";

/** The workflow's runs, as they happen; or the one that the address names. */
export function Runs(props: Props) {
  const { run } = workflowRoute.useSearch();
  if (!useMayWrite()) return <NotForRole>{strings.runsNotAllowed}</NotForRole>;
  if (run === undefined) return <RunList {...props} />;
  return <RunView key={run} {...props} id={run} />;
}

function RunList({ project, workflow }: Props) {
  const { status } = workflowRoute.useSearch();
  const list = useInfiniteQuery(runsQuery(project, workflow.id, status));
  const rows = list.data?.pages.flatMap((page) => page.data) ?? [];
  const nameOf = useActorNames(
    project,
    rows.map((run) => run.actor),
  );
  return (
    <div className="mx-auto w-full max-w-5xl flex-1 overflow-y-auto px-4 py-6">
      <Card className="overflow-hidden">
        <CardHeader className="border-b pb-3">
          <CardTitle>{strings.runs}</CardTitle>
          <div className="flex flex-wrap items-center gap-2">
            {rows.some((run) => run.status === "failed") && (
              <RetryAll project={project} workflow={workflow} />
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
          {rows.map((run) => (
            <Row key={run.id} run={run} by={nameOf(run.actor)} />
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
    </div>
  );
}

function Row({ run, by }: { run: Run; by: string | null }) {
  const title = strings.triggers[run.trigger_type] ?? run.trigger_type;
  const about = [shortId(run.id), strings.version(run.version), run.error?.message];
  return (
    <li>
      <Link
        from={workflowRoute.fullPath}
        to="."
        search={(now: WorkflowSearch) => ({ ...now, run: run.id, step: undefined })}
        className="grid grid-cols-[1fr_auto] items-center gap-x-4 gap-y-0.5 px-5 py-2 outline-offset-[-2px] hover:bg-muted/50 sm:grid-cols-[6.5rem_1fr_5rem_7rem]"
      >
        <span className="max-sm:order-2">
          <RunBadge status={run.status} />
        </span>
        <span className="min-w-0 max-sm:order-1">
          <span className="block truncate text-sm">
            {title}
            {by && <span className="text-muted-foreground"> {strings.startedBy(by)}</span>}
          </span>
          <span className="block truncate text-xs text-muted-foreground" title={run.id}>
            {about.filter(Boolean).join(" · ")}
          </span>
        </span>
        <span className="text-xs text-muted-foreground tabular-nums max-sm:order-3">
          {formatDuration(run.started_at, run.finished_at)}
        </span>
        <time
          dateTime={run.created_at}
          title={formatMoment(run.created_at)}
          className="text-right text-xs text-muted-foreground max-sm:order-4"
        >
          {formatAgo(run.created_at)}
        </time>
      </Link>
    </li>
  );
}

function StatusFilter({ status }: { status?: RunStatus }) {
  const navigate = useNavigate();

  function choose(next: string) {
    const chosen = STATUSES.find((each) => each === next);
    const search: WorkflowSearch = { tab: "runs", status: chosen };
    void navigate({ from: workflowRoute.fullPath, to: ".", search });
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

function RetryAll({ project, workflow }: Props) {
  return (
    <ConfirmButton
      variant="outline"
      title={strings.retryAllTitle}
      description={strings.retryAllAbout}
      action={strings.retryRun}
      isDestructive={false}
      onConfirm={async () => {
        const count = await retryRuns(project, workflow.id, "failed");
        toast.success(strings.retriedAll(formatCount(count, strings.runNoun)));
      }}
    >
      {strings.retryAll}
    </ConfirmButton>
  );
}

function None({ isFiltered }: { isFiltered: boolean }) {
  return (
    <EmptyState icon={PlayIcon} title={isFiltered ? strings.runsNoMatch : strings.runsNone}>
      {!isFiltered && <p>{strings.runsNoneAbout}</p>}
    </EmptyState>
  );
}

function Loading() {
  return (
    <div role="status" aria-label={strings.loading} className="grid gap-2 p-4">
      {Array.from({ length: 6 }, (_, index) => (
        <Skeleton key={index} className="h-9" />
      ))}
    </div>
  );
}

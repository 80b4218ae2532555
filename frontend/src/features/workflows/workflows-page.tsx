import { useQuery, useSuspenseQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { PlusIcon, WorkflowIcon } from "lucide-react";

import { EmptyState } from "@/components/empty-state";
import { Page } from "@/components/page";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { lastRunsQuery, type Run, type Workflow, workflowsQuery } from "@/features/workflows/api";
import { ActionIcon } from "@/features/workflows/components/action-icon";
import { RunDots, StateBadge } from "@/features/workflows/components/badges";
import { TemplateList } from "@/features/workflows/components/template-list";
import { workflowsRoute } from "@/features/workflows/routes";
import { strings } from "@/features/workflows/strings";
import { aboutTrigger } from "@/features/workflows/summaries";
import { formatAgo } from "@/lib/format";
import { useIsAdmin, useMayWrite } from "@/routing/use-project";

const DOTS = 8;

export function WorkflowsPage() {
  const { project } = workflowsRoute.useParams();
  const { data: workflows } = useSuspenseQuery(workflowsQuery(project));
  const mayRun = useMayWrite();
  const { data: runs = [] } = useQuery({ ...lastRunsQuery(project), enabled: mayRun });
  const isAdmin = useIsAdmin();
  const isEmpty = workflows.length === 0;
  return (
    <Page
      title={strings.title}
      description={strings.about}
      actions={!isEmpty && isAdmin && <CreateLink project={project} />}
    >
      <Card className="overflow-hidden">
        {isEmpty ? (
          <EmptyState icon={WorkflowIcon} title={strings.noneTitle}>
            {isAdmin && <p>{strings.noneAbout}</p>}
          </EmptyState>
        ) : (
          <ul className="divide-y">
            {workflows.map((workflow) => (
              <Row
                key={workflow.id}
                project={project}
                workflow={workflow}
                runs={runs.filter((run) => run.workflow_id === workflow.id)}
              />
            ))}
          </ul>
        )}
      </Card>
      {isAdmin && (
        <section className="mt-8">
          <h2 className="mb-3 text-base font-semibold">{strings.beginWith}</h2>
          <TemplateList project={project} />
        </section>
      )}
    </Page>
  );
}

function CreateLink({ project }: { project: string }) {
  return (
    <Button asChild>
      <Link to="/projects/$project/workflows/new" params={{ project }}>
        <PlusIcon />
        {strings.create}
      </Link>
    </Button>
  );
}

function Row({
  project,
  workflow,
  runs,
}: {
  project: string;
  workflow: Workflow;
  runs: readonly Run[];
}) {
  const { trigger } = workflow;
  const about = [strings.triggers[trigger.type] ?? trigger.type, aboutTrigger(trigger)];
  const [last] = runs;
  return (
    <li>
      <Link
        to="/projects/$project/workflows/$workflow"
        params={{ project, workflow: workflow.id }}
        className="flex items-center gap-3 px-4 py-3 outline-offset-[-2px] hover:bg-muted/50"
      >
        <ActionIcon name={trigger.type} className="size-4 shrink-0 text-muted-foreground" />
        <span className="min-w-0 flex-1">
          <span className="block truncate text-sm font-medium">{workflow.name}</span>
          <span className="block truncate text-xs text-muted-foreground">
            {about.filter(Boolean).join(" · ")}
          </span>
        </span>
        <span className="hidden flex-col items-end gap-1 sm:flex">
          <RunDots statuses={runs.slice(0, DOTS).map((run) => run.status)} />
          <span className="text-xs text-muted-foreground">
            {workflow.next_fire_at
              ? strings.next(formatAgo(workflow.next_fire_at))
              : last
                ? formatAgo(last.created_at)
                : strings.noRuns}
          </span>
        </span>
        <StateBadge workflow={workflow} />
      </Link>
    </li>
  );
}

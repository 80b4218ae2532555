import { useSuspenseQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { toast } from "sonner";

import { SecretOnce } from "@/components/secret-once";
import { Alert } from "@/components/ui/alert";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Tabs, TabsList, TabsTrigger } from "@/components/ui/tabs";
import { updateWorkflow, type Workflow, workflowQuery } from "@/features/workflows/api";
import { StateBadge } from "@/features/workflows/components/badges";
import { Editor } from "@/features/workflows/components/editor";
import { Frame } from "@/features/workflows/components/frame";
import { LeaveGuard } from "@/features/workflows/components/leave-guard";
import { Runs } from "@/features/workflows/components/runs";
import { Versions } from "@/features/workflows/components/versions";
import { WorkflowActions } from "@/features/workflows/components/workflow-actions";
import { type Definition, inOrder } from "@/features/workflows/definition";
import { faultOf } from "@/features/workflows/faults";
import { type Tab, TABS, workflowRoute, type WorkflowSearch } from "@/features/workflows/routes";
import { strings } from "@/features/workflows/strings";
import { type Editing, useEditor } from "@/features/workflows/use-editor";
import { useIsAdmin } from "@/routing/use-project";

export function WorkflowPage() {
  const { workflow: id } = workflowRoute.useParams();
  return <Shown key={id} />;
}

function Shown() {
  const { project, workflow: id } = workflowRoute.useParams();
  const search = workflowRoute.useSearch();
  const { data: workflow } = useSuspenseQuery(workflowQuery(project, id));
  const editing = useEditor(definitionOf(workflow));
  const navigate = useNavigate();
  const isAdmin = useIsAdmin();
  const tab = search.tab ?? "editor";

  function look(change: WorkflowSearch) {
    void navigate({ from: workflowRoute.fullPath, to: ".", search: change });
  }

  return (
    <Frame
      title={workflow.name}
      about={
        <>
          {workflow.broken && <StateBadge workflow={workflow} />}
          <span className="text-xs text-muted-foreground">{strings.version(workflow.version)}</span>
        </>
      }
      actions={
        <>
          {isAdmin && <SaveBar project={project} workflow={workflow} editing={editing} />}
          <WorkflowActions project={project} workflow={workflow} />
        </>
      }
      tabs={<TabBar tab={tab} onTab={(next) => look({ tab: next })} />}
    >
      {workflow.broken && (
        <Alert tone="destructive" className="m-4 mb-0">
          {workflow.broken}
        </Alert>
      )}
      {tab === "editor" && (
        <Editor
          project={project}
          editing={editing}
          warnings={workflow.warnings.map(faultOf)}
          isReadOnly={!isAdmin}
          search={search}
          onSearch={look}
        />
      )}
      {tab === "runs" && <Runs project={project} workflow={workflow} />}
      {tab === "versions" && (
        <Versions
          project={project}
          workflow={workflow}
          onBringBack={
            isAdmin
              ? (change) => {
                  editing.edit(change);
                  look({});
                }
              : undefined
          }
        />
      )}
      <LeaveGuard isChanged={editing.isChanged} />
    </Frame>
  );
}

function TabBar({ tab, onTab }: { tab: Tab; onTab: (tab: Tab) => void }) {
  return (
    <Tabs
      value={tab}
      onValueChange={(next) => onTab(TABS.find((each) => each === next) ?? "editor")}
    >
      <TabsList className="px-4">
        {TABS.map((each) => (
          <TabsTrigger key={each} value={each} aria-controls={undefined}>
            {strings.tabs[each]}
          </TabsTrigger>
        ))}
      </TabsList>
    </Tabs>
  );
}

function SaveBar({
  project,
  workflow,
  editing,
}: {
  project: string;
  workflow: Workflow;
  editing: Editing;
}) {
  const [url, setUrl] = useState<string | null>(null);

  async function save() {
    try {
      const saved = await updateWorkflow(project, workflow.id, editing.definition);
      editing.reset(definitionOf(saved));
      toast.success(strings.saved(saved.version));
      setUrl(saved.hook_url ?? null);
    } catch (error) {
      editing.tell(error);
      toast.error(strings.refused(1));
    }
  }

  return (
    <>
      {editing.isChanged && (
        <>
          <Badge variant="warning">{strings.unsaved}</Badge>
          <Button variant="ghost" onClick={() => editing.reset(definitionOf(workflow))}>
            {strings.discard}
          </Button>
          <Button onClick={() => void save()} disabled={editing.textFault !== null}>
            {strings.save}
          </Button>
        </>
      )}
      <SecretOnce
        title={strings.hookTitle}
        about={strings.hookAbout}
        secret={url}
        done={strings.hookDone}
        onDone={() => setUrl(null)}
      />
    </>
  );
}

function definitionOf(workflow: Workflow): Definition {
  const { name, description, run_as, max_concurrent, trigger, steps } = workflow;
  const { type, collection, ...rest } = trigger;
  const told = { type, ...(collection !== undefined && { collection }), ...rest };
  return { name, description, run_as, max_concurrent, trigger: told, steps: steps.map(inOrder) };
}

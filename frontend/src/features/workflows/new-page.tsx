import { useSuspenseQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { toast } from "sonner";

import { NotForRole } from "@/components/error-panel";
import { SecretOnce } from "@/components/secret-once";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { createWorkflow } from "@/features/workflows/api";
import { Editor } from "@/features/workflows/components/editor";
import { Frame } from "@/features/workflows/components/frame";
import { LeaveGuard } from "@/features/workflows/components/leave-guard";
import { type EditorSearch, newWorkflowRoute } from "@/features/workflows/routes";
import { strings } from "@/features/workflows/strings";
import { templateOf } from "@/features/workflows/templates";
import { useEditor } from "@/features/workflows/use-editor";
import { collectionsQuery } from "@/lib/collections";
import { useIsAdmin } from "@/routing/use-project";

export function NewWorkflowPage() {
  if (!useIsAdmin()) return <NotForRole>{strings.newNotAllowed}</NotForRole>;
  return <NewWorkflow />;
}

/** A workflow that is not made yet. */
function NewWorkflow() {
  const { project } = newWorkflowRoute.useParams();
  const { template, ...search } = newWorkflowRoute.useSearch();
  const { data: collections } = useSuspenseQuery(collectionsQuery(project));
  const own = collections.find((each) => each.name !== "users");
  const editing = useEditor(templateOf(template, own?.name));
  const [made, setMade] = useState<{ id: string; url: string } | null>(null);
  const navigate = useNavigate();

  function open(id: string) {
    return navigate({
      to: "/projects/$project/workflows/$workflow",
      params: { project, workflow: id },
      // What was changed here is saved by now.
      ignoreBlocker: true,
    });
  }

  async function create() {
    try {
      const workflow = await createWorkflow(project, editing.definition);
      toast.success(strings.made(workflow.name));
      if (workflow.hook_url) setMade({ id: workflow.id, url: workflow.hook_url });
      else await open(workflow.id);
    } catch (error) {
      editing.tell(error);
      toast.error(strings.refused(1));
    }
  }

  function look(change: EditorSearch) {
    void navigate({ from: newWorkflowRoute.fullPath, to: ".", search: { template, ...change } });
  }

  return (
    <Frame
      title={editing.definition.name || strings.create}
      about={<Badge variant="warning">{strings.unsaved}</Badge>}
      actions={
        <Button onClick={() => void create()} disabled={editing.textFault !== null}>
          {strings.createAction}
        </Button>
      }
    >
      <Editor project={project} editing={editing} search={search} onSearch={look} />
      <LeaveGuard isChanged={editing.isChanged} />
      <SecretOnce
        title={strings.hookTitle}
        about={strings.hookAbout}
        secret={made?.url ?? null}
        done={strings.hookDone}
        onDone={() => made && void open(made.id)}
      />
    </Frame>
  );
}

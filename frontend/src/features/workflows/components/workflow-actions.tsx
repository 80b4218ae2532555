import { useNavigate } from "@tanstack/react-router";
import { EllipsisIcon, PlayIcon } from "lucide-react";
import { useId, useState } from "react";
import { toast } from "sonner";

import { ConfirmDialog } from "@/components/confirm-dialog/confirm-dialog";
import { SecretOnce } from "@/components/secret-once";
import { Button } from "@/components/ui/button";
import {
  DropdownMenu,
  DropdownMenuContent,
  DropdownMenuItem,
  DropdownMenuTrigger,
} from "@/components/ui/dropdown-menu";
import { Label } from "@/components/ui/label";
import { Switch } from "@/components/ui/switch";
import {
  deleteWorkflow,
  rotateHook,
  updateWorkflow,
  type Workflow,
} from "@/features/workflows/api";
import { StateBadge } from "@/features/workflows/components/badges";
import { RunDialog } from "@/features/workflows/components/run-dialog";
import { workflowRoute } from "@/features/workflows/routes";
import { strings } from "@/features/workflows/strings";
import { asProblem } from "@/lib/problem";
import { useIsAdmin, useMayWrite } from "@/routing/use-project";

type Props = { project: string; workflow: Workflow };

export function WorkflowActions({ project, workflow }: Props) {
  const [asks, setAsks] = useState<"run" | "rotate" | "remove" | null>(null);
  const navigate = useNavigate();
  const none = () => setAsks(null);
  const isAdmin = useIsAdmin();
  const mayRun = useMayWrite();

  return (
    <>
      {isAdmin ? (
        <EnabledSwitch project={project} workflow={workflow} />
      ) : (
        !workflow.broken && <StateBadge workflow={workflow} />
      )}
      {workflow.trigger.type === "manual" && mayRun && (
        <Button variant="outline" onClick={() => setAsks("run")} disabled={!workflow.enabled}>
          <PlayIcon />
          {strings.run}
        </Button>
      )}
      {isAdmin && <More workflow={workflow} onAsk={setAsks} />}
      <RunDialog
        project={project}
        workflow={workflow}
        open={asks === "run"}
        onClose={none}
        onStarted={(run) =>
          void navigate({ from: workflowRoute.fullPath, to: ".", search: { tab: "runs", run } })
        }
      />
      <Rotate project={project} workflow={workflow} open={asks === "rotate"} onClose={none} />
      <ConfirmDialog
        open={asks === "remove"}
        onOpenChange={(open) => !open && none()}
        title={strings.removeTitle}
        description={strings.removeAbout}
        action={strings.removeWorkflow}
        typed={workflow.name}
        onConfirm={async () => {
          await deleteWorkflow(project, workflow.id);
          toast.success(strings.removed);
          await navigate({
            to: "/projects/$project/workflows",
            params: { project },
            ignoreBlocker: true,
          });
        }}
      />
    </>
  );
}

function More({
  workflow,
  onAsk,
}: {
  workflow: Workflow;
  onAsk: (what: "rotate" | "remove") => void;
}) {
  return (
    <DropdownMenu>
      <DropdownMenuTrigger asChild>
        <Button variant="outline" size="icon" aria-label={strings.more}>
          <EllipsisIcon />
        </Button>
      </DropdownMenuTrigger>
      <DropdownMenuContent align="end">
        {workflow.trigger.type === "webhook" && (
          <DropdownMenuItem onSelect={() => onAsk("rotate")}>{strings.rotate}</DropdownMenuItem>
        )}
        <DropdownMenuItem variant="destructive" onSelect={() => onAsk("remove")}>
          {strings.removeWorkflow}
        </DropdownMenuItem>
      </DropdownMenuContent>
    </DropdownMenu>
  );
}

function EnabledSwitch({ project, workflow }: Props) {
  const id = useId();

  function toggle(enabled: boolean) {
    updateWorkflow(project, workflow.id, { enabled }).catch((error: unknown) =>
      toast.error(asProblem(error).body.detail),
    );
  }

  return (
    <span className="flex items-center gap-2">
      <Label htmlFor={id} className="text-xs text-muted-foreground">
        {strings.enabled}
      </Label>
      <Switch id={id} checked={workflow.enabled} onCheckedChange={toggle} />
    </span>
  );
}

function Rotate({
  project,
  workflow,
  open,
  onClose,
}: Props & { open: boolean; onClose: () => void }) {
  const [url, setUrl] = useState<string | null>(null);
  return (
    <>
      <ConfirmDialog
        open={open}
        onOpenChange={(next) => !next && onClose()}
        title={strings.rotateTitle}
        description={strings.rotateAbout}
        action={strings.rotate}
        isDestructive={false}
        onConfirm={async () => setUrl(await rotateHook(project, workflow.id))}
      />
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

import { ChevronDownIcon, RotateCwIcon, SquareIcon, StepForwardIcon } from "lucide-react";
import { toast } from "sonner";

import { Button } from "@/components/ui/button";
import {
  DropdownMenu,
  DropdownMenuContent,
  DropdownMenuItem,
  DropdownMenuTrigger,
} from "@/components/ui/dropdown-menu";
import { SheetFooter } from "@/components/ui/sheet";
import {
  cancelRun,
  isUnderWay,
  replayRun,
  retryRun,
  type Run,
  type RunDetail,
} from "@/features/workflows/api";
import { strings } from "@/features/workflows/strings";
import { asProblem } from "@/lib/problem";

const AGAIN = new Set<Run["status"]>(["failed", "stopped", "cancelled"]);

/** Cancel what is under way; go on with, or do again, what has ended. */
export function RunActions({
  project,
  run,
  onRun,
}: {
  project: string;
  run: RunDetail;
  onRun: (run: string) => void;
}) {
  function fail(error: unknown) {
    toast.error(asProblem(error).body.detail);
  }

  function follow(begun: Promise<Run>) {
    begun.then((next) => {
      toast.success(strings.replayed);
      onRun(next.id);
    }, fail);
  }

  if (isUnderWay(run.status)) {
    const cancel = () =>
      cancelRun(project, run.id).then(() => toast.success(strings.cancelled), fail);
    return (
      <SheetFooter>
        <Button variant="outline" onClick={() => void cancel()}>
          <SquareIcon />
          {strings.cancel}
        </Button>
      </SheetFooter>
    );
  }
  return (
    <SheetFooter>
      <DropdownMenu>
        <DropdownMenuTrigger asChild>
          <Button variant="outline">
            <StepForwardIcon />
            {strings.replay}
            <ChevronDownIcon />
          </Button>
        </DropdownMenuTrigger>
        <DropdownMenuContent align="end">
          <DropdownMenuItem onSelect={() => follow(replayRun(project, run.id, null))}>
            {strings.replayAll}
          </DropdownMenuItem>
          {run.steps
            .filter((step) => !/[[.]/.test(step.path))
            .map((step) => (
              <DropdownMenuItem
                key={step.path}
                onSelect={() => follow(replayRun(project, run.id, step.path))}
              >
                {strings.replayFrom(step.path)}
              </DropdownMenuItem>
            ))}
        </DropdownMenuContent>
      </DropdownMenu>
      {AGAIN.has(run.status) && (
        <Button title={strings.retryRunHint} onClick={() => follow(retryRun(project, run.id))}>
          <RotateCwIcon />
          {strings.retryRun}
        </Button>
      )}
    </SheetFooter>
  );
}

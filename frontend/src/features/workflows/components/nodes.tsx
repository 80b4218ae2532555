import { Handle, type Node, type NodeProps, Position } from "@xyflow/react";
import { CircleAlertIcon, TriangleAlertIcon } from "lucide-react";
import { createContext, type ReactNode, useContext } from "react";

import { ActionIcon } from "@/features/workflows/components/action-icon";
import { AddStep } from "@/features/workflows/components/add-step";
import { frameOf, Outcome } from "@/features/workflows/components/outcome";
import type { Step, StepPath, Trigger } from "@/features/workflows/definition";
import { HEIGHT } from "@/features/workflows/layout";
import type { Ran } from "@/features/workflows/run-steps";
import { strings } from "@/features/workflows/strings";
import { aboutStep, aboutTrigger } from "@/features/workflows/summaries";
import { cn } from "@/lib/cn";

export type StepNodeType = Node<
  {
    step: Step;
    path: StepPath;
    faults: number;
    warnings: number;
    /** How it fared in the run that is shown; null where that did not come to it. */
    ran?: Ran | null;
  },
  "step"
>;
export type TriggerNodeType = Node<{ trigger: Trigger; faults: number }, "trigger">;
export type EndNodeType = Node<Record<string, never>, "end">;
export type FlowNode = StepNodeType | TriggerNodeType | EndNodeType;

/** How a step is put in at a path; missing where the picture is only looked at. */
export const AddContext = createContext<((path: StepPath, action: string) => void) | null>(null);

const card =
  "flex items-center gap-3 rounded-lg border bg-card px-3 text-left shadow-xs transition-colors";

export function StepNode({ data, selected }: NodeProps<StepNodeType>) {
  const { step, path, faults, warnings, ran } = data;
  const add = useContext(AddContext);
  const hasBody = step.action === "for_each";
  const after = [...path.slice(0, -1), (path.at(-1) ?? 0) + 1];
  return (
    <div
      className={cn(
        "h-full w-full rounded-xl",
        hasBody && "border border-dashed border-input bg-muted/40",
      )}
    >
      <Ends />
      <div
        style={{ height: HEIGHT }}
        className={cn(
          card,
          hasBody && "rounded-b-none",
          ran !== undefined && frameOf(ran),
          warnings > 0 && "border-warning",
          faults > 0 && "border-destructive",
          selected && "border-primary ring-2 ring-primary/30",
        )}
      >
        <Sign name={step.action} />
        <Words
          title={step.id}
          about={ran === undefined ? aboutStep(step) : <Outcome ran={ran} />}
          faults={faults}
          warnings={warnings}
        />
        {hasBody && add && (
          <AddStep
            label={strings.addInside(step.id)}
            onAdd={(action) => add([...path, step.steps?.length ?? 0], action)}
          />
        )}
      </div>
      {add && (
        <AddStep
          label={strings.addAfter(step.id)}
          className="absolute -bottom-3 left-1/2 -translate-x-1/2"
          onAdd={(action) => add(after, action)}
        />
      )}
    </div>
  );
}

export function TriggerNode({ data, selected }: NodeProps<TriggerNodeType>) {
  const add = useContext(AddContext);
  const { trigger, faults } = data;
  return (
    <div className="h-full w-full">
      <Ends />
      <div
        className={cn(
          card,
          "h-full rounded-full px-4",
          faults > 0 && "border-destructive",
          selected && "border-primary ring-2 ring-primary/30",
        )}
      >
        <Sign name={trigger.type} isTrigger />
        <Words
          title={strings.triggers[trigger.type] ?? trigger.type}
          about={aboutTrigger(trigger)}
          faults={faults}
        />
      </div>
      {add && (
        <AddStep
          label={strings.addFirst}
          className="absolute -bottom-3 left-1/2 -translate-x-1/2"
          onAdd={(action) => add([0], action)}
        />
      )}
    </div>
  );
}

export function EndNode() {
  return (
    <div className="flex h-full w-full items-center justify-center rounded-full border bg-muted text-xs text-muted-foreground">
      <Ends />
      {strings.end}
    </div>
  );
}

function Sign({ name, isTrigger }: { name: string; isTrigger?: boolean }) {
  return (
    <span
      className={cn(
        "flex size-8 shrink-0 items-center justify-center rounded-md",
        isTrigger ? "rounded-full bg-primary/10 text-primary" : "bg-muted text-muted-foreground",
      )}
    >
      <ActionIcon name={name} className="size-4" />
    </span>
  );
}

function Words({
  title,
  about,
  faults,
  warnings = 0,
}: {
  title: string;
  about: ReactNode;
  faults: number;
  warnings?: number;
}) {
  return (
    <>
      <span className="min-w-0 flex-1">
        <span className="block truncate text-sm font-medium">{title}</span>
        <span className="block truncate text-xs text-muted-foreground">{about}</span>
      </span>
      {faults > 0 && (
        <span className="flex items-center gap-1 text-xs text-destructive">
          <CircleAlertIcon className="size-4" aria-hidden />
          <span className="sr-only">{strings.faults(faults)}</span>
        </span>
      )}
      {warnings > 0 && (
        <span className="flex items-center text-warning" title={strings.warned(warnings)}>
          <TriangleAlertIcon className="size-4" aria-hidden />
          <span className="sr-only">{strings.warned(warnings)}</span>
        </span>
      )}
    </>
  );
}

/** Where lines begin and end. Nobody draws them by hand: the order of the steps does. */
function Ends() {
  const hidden = "invisible";
  return (
    <>
      <Handle type="target" id="top" position={Position.Top} className={hidden} />
      <Handle type="target" id="right-in" position={Position.Right} className={hidden} />
      <Handle type="target" id="left-in" position={Position.Left} className={hidden} />
      <Handle type="source" id="bottom" position={Position.Bottom} className={hidden} />
      <Handle type="source" id="right" position={Position.Right} className={hidden} />
      <Handle type="source" id="left" position={Position.Left} className={hidden} />
    </>
  );
}

import "@/styles/flow.css";

import {
  Background,
  Controls,
  type NodeChange,
  Panel,
  ReactFlow,
  ReactFlowProvider,
  useReactFlow,
} from "@xyflow/react";
import { WandSparklesIcon } from "lucide-react";
import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from "react";

import { Button } from "@/components/ui/button";
import {
  AddContext,
  EndNode,
  type FlowNode,
  StepNode,
  TriggerNode,
} from "@/features/workflows/components/nodes";
import {
  parsePath,
  type Position,
  type Step,
  type StepPath,
} from "@/features/workflows/definition";
import { type Drawn, graphOf } from "@/features/workflows/flow-graph";
import { INSIDE } from "@/features/workflows/layout";
import { isPlaced, placeStep, tidied } from "@/features/workflows/placing";
import { strings } from "@/features/workflows/strings";

const NODE_TYPES = { step: StepNode, trigger: TriggerNode, end: EndNode };
const FIT = { padding: 0.12, maxZoom: 1, minZoom: 0.6 };

type Props = Drawn & {
  onSelect: (place: string | undefined) => void;
  /** Missing where the picture is only looked at, like `onRemove`. */
  onAdd?: (path: StepPath, action: string) => void;
  onRemove?: (path: StepPath) => void;
  onArrange?: (steps: Step[]) => void;
};

type Held = { path: StepPath; at: Position };

/** The steps as a picture; walked with Tab, opened with Enter. */
export default function Canvas(props: Props) {
  return (
    <ReactFlowProvider>
      <AddContext value={props.onAdd ?? null}>
        <Picture {...props} />
      </AddContext>
    </ReactFlowProvider>
  );
}

function Picture({ trigger, steps, faults, warnings, selected, ran, ...does }: Props) {
  const { onSelect, onRemove, onArrange } = does;
  const [held, setHeld] = useState<Held | null>(null);
  const shown = useMemo(() => (held ? placeStep(steps, held.path, held.at) : steps), [steps, held]);
  const { nodes, edges } = useMemo(
    () => graphOf({ trigger, steps: shown, faults, warnings, selected, ran }),
    [trigger, shown, faults, warnings, selected, ran],
  );
  const { fitView } = useReactFlow();
  const count = nodes.length;
  const fitted = useRef(count); // as it is drawn first: a step that moves then is hard to press
  useEffect(() => {
    if (fitted.current === count) return;
    fitted.current = count;
    void fitView({ ...FIT, duration: 200 });
  }, [count, fitView]);

  function change(changes: NodeChange<FlowNode>[]) {
    changes.forEach(move);
    const chosen = changes.find((each) => each.type === "select" && each.selected);
    if (chosen?.type === "select") onSelect(chosen.id);
  }

  /** By hand or with the arrow keys: what follows a step follows it, until it is let go. */
  function move(changed: NodeChange<FlowNode>) {
    if (changed.type !== "position" || !onArrange) return;
    const path = parsePath(changed.id);
    const at = changed.position && path ? ownOf(path, changed.position) : held?.at;
    if (!path || !at) return;
    if (changed.dragging) return setHeld({ path, at });
    setHeld(null);
    onArrange(placeStep(steps, path, at));
  }

  function tidy() {
    onArrange?.(tidied(steps));
    requestAnimationFrame(() => void fitView({ ...FIT, duration: 200 }));
  }

  function remove(event: KeyboardEvent) {
    const path = parsePath(selected ?? "");
    if (!onRemove || !path || (event.key !== "Delete" && event.key !== "Backspace")) return;
    event.preventDefault();
    onRemove(path);
  }

  return (
    <ReactFlow<FlowNode>
      nodes={nodes}
      edges={edges}
      nodeTypes={NODE_TYPES}
      onNodesChange={change}
      onPaneClick={() => onSelect(undefined)}
      onKeyDown={remove}
      fitView
      fitViewOptions={FIT}
      minZoom={0.3}
      maxZoom={1.5}
      nodesDraggable={onArrange !== undefined}
      nodeDragThreshold={4}
      nodesConnectable={false}
      edgesFocusable={false}
      elevateNodesOnSelect={false}
      multiSelectionKeyCode={null}
      selectionKeyCode={null}
      deleteKeyCode={null}
      zoomOnDoubleClick={false}
      preventScrolling={false}
      zoomOnScroll={false}
      aria-label={strings.edges}
    >
      <Background gap={20} size={1} color="var(--border)" />
      <Controls showInteractive={false} />
      {onArrange && isPlaced(steps) && (
        <Panel position="top-right">
          <Button variant="outline" size="sm" onClick={tidy}>
            <WandSparklesIcon />
            {strings.tidy}
          </Button>
        </Panel>
      )}
    </ReactFlow>
  );
}

/** From the corner of the node around it to the corner of its inside. */
function ownOf(path: StepPath, { x, y }: Position): Position {
  if (path.length === 1) return { x, y };
  return { x: Math.max(0, x - INSIDE.x), y: Math.max(0, y - INSIDE.y) };
}

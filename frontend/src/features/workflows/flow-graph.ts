/** The steps as nodes and edges of the picture. Pure. */
import { type Edge, MarkerType, type NodeHandle, Position } from "@xyflow/react";

import type { FlowNode } from "@/features/workflows/components/nodes";
import { pathKey, type Step, type Trigger } from "@/features/workflows/definition";
import { type Fault, faultsAt } from "@/features/workflows/faults";
import { type Ran, saidOfRun } from "@/features/workflows/run-steps";
import {
  END_KEY,
  GAP_Y,
  HEIGHT,
  INSIDE,
  type Layout,
  layoutSteps,
  type Placed,
  TRIGGER_KEY,
  type Way,
  WIDTH,
} from "@/features/workflows/layout";

const END_WIDTH = 72;
const END_HEIGHT = 28;
const ASIDE = 22;
const COLOURS: Record<Way["kind"], string> = {
  next: "var(--input)",
  branch: "var(--chart-1)",
  error: "var(--destructive)",
};

export type Drawn = {
  trigger: Trigger;
  steps: readonly Step[];
  faults: readonly Fault[];
  selected: string | undefined;
  /** What will fail as things stand. */
  warnings?: readonly Fault[];
  /** How the steps of a run fared, by their ids; missing where no run is shown. */
  ran?: ReadonlyMap<string, Ran>;
};

export function graphOf(drawn: Drawn): { nodes: FlowNode[]; edges: Edge[] } {
  const layout = layoutSteps(drawn.steps);
  const steps = layout.placed.map((placed) => stepNode(placed, drawn));
  const trigger = triggerNode(drawn, layout);
  const end = endNode(layout, drawn.steps.length > 0);
  const first: Way = {
    from: TRIGGER_KEY,
    to: drawn.steps.length > 0 ? "0" : END_KEY,
    label: "",
    kind: "next",
  };
  const ways = [first, ...layout.ways];
  const edges = ways.map((way, at) => edgeOf(way, at, routeOf(way, layout)));
  return { nodes: [trigger, ...steps, end], edges };
}

function stepNode(placed: Placed, drawn: Drawn): FlowNode {
  const { faults, warnings = [], selected } = drawn;
  const { key, path, step, own, width, height } = placed;
  const around = path.slice(0, -1);
  const ran = drawn.ran && (drawn.ran.get(step.id) ?? null);
  return {
    ...sized(width, height),
    id: key,
    type: "step",
    position: around.length > 0 ? { x: own.x + INSIDE.x, y: own.y + INSIDE.y } : own,
    ...(around.length > 0 && { parentId: pathKey(around) }),
    // The lines within a body are drawn over it.
    zIndex: step.steps ? -1 : 0,
    selected: selected === key,
    ariaLabel: [step.id, step.action, ran !== undefined && saidOfRun(ran)]
      .filter(Boolean)
      .join(", "),
    data: {
      step,
      path,
      faults: faultsAt(faults, key).length,
      warnings: faultsAt(warnings, key).length,
      ran,
    },
  };
}

/** Above the first step, whatever is put where. */
function triggerNode({ trigger, faults, selected }: Drawn, layout: Layout): FlowNode {
  const first = layout.placed[0];
  const middle = first ? first.x + first.width / 2 : layout.width / 2;
  return {
    ...sized(WIDTH + 24, HEIGHT - 8),
    id: TRIGGER_KEY,
    type: "trigger",
    position: { x: middle - (WIDTH + 24) / 2, y: layout.top - (HEIGHT - 8) - GAP_Y },
    draggable: false,
    selected: selected === TRIGGER_KEY,
    ariaLabel: trigger.type,
    data: { trigger, faults: faultsAt(faults, TRIGGER_KEY).length },
  };
}

function endNode({ left, top, width, height }: Layout, hasSteps: boolean): FlowNode {
  return {
    ...sized(END_WIDTH, END_HEIGHT),
    id: END_KEY,
    type: "end",
    position: { x: left + (width - END_WIDTH) / 2, y: hasSteps ? top + height + GAP_Y : 0 },
    draggable: false,
    selectable: false,
    focusable: false,
    data: {},
  };
}

/** Sizes and ends are known beforehand: nothing is measured, and nothing jumps. */
function sized(width: number, height: number) {
  const side = Math.min(height, HEIGHT) / 2;
  const end = (id: string, type: "source" | "target", position: Position): NodeHandle => ({
    id,
    type,
    position,
    x: position === Position.Right ? width : position === Position.Left ? 0 : width / 2,
    y: position === Position.Bottom ? height : position === Position.Top ? 0 : side,
    width: 1,
    height: 1,
  });
  return {
    width,
    height,
    measured: { width, height },
    handles: [
      end("top", "target", Position.Top),
      end("right-in", "target", Position.Right),
      end("left-in", "target", Position.Left),
      end("bottom", "source", Position.Bottom),
      end("right", "source", Position.Right),
      end("left", "source", Position.Left),
    ],
  };
}

type Route = { side: "left" | "right" | null; beyond: number };

function routeOf(way: Way, layout: Layout): Route {
  const from = layout.placed.find((each) => each.key === way.from);
  const to = layout.placed.find((each) => each.key === way.to);
  const isFree = from?.step.position || to?.step.position;
  return isFree ? freeRoute(from, to) : laidRoute(from, to, layout);
}

/** Straight down into the next row; others go round what stands between, on the nearer side. */
function laidRoute(from: Placed | undefined, to: Placed | undefined, layout: Layout): Route {
  const { placed, rows, width } = layout;
  const first = from?.rank ?? -1;
  const last = to?.rank ?? rows;
  if (last - first === 1) return { side: null, beyond: 0 };
  const depth = from?.path.length ?? 1;
  const between = placed.filter(
    (each) => each.path.length === depth && each.rank > first && each.rank < last,
  );
  const ends = [from, to].flatMap((each) => each ?? []);
  const side = from && from.x + from.width / 2 < width / 2 - 1 ? "left" : "right";
  const edge = (each: Placed) => (side === "left" ? -each.x : each.x + each.width);
  const most = (some: Placed[]) => Math.max(-Infinity, ...some.map(edge));
  return { side, beyond: Math.max(0, most(between) - most(ends)) };
}

/** Between steps that people have put somewhere: down where that is below, else by the side. */
function freeRoute(from: Placed | undefined, to: Placed | undefined): Route {
  if (!from || !to || to.y >= from.y + from.height) return { side: null, beyond: 0 };
  return { side: to.x < from.x ? "left" : "right", beyond: 0 };
}

function edgeOf(way: Way, at: number, { side, beyond }: Route): Edge {
  const colour = COLOURS[way.kind];
  return {
    id: `${way.from}-${way.to}-${way.kind}`,
    source: way.from,
    target: way.to,
    sourceHandle: side ?? "bottom",
    targetHandle: side ? `${side}-in` : "top",
    type: "smoothstep",
    pathOptions: { offset: side ? beyond + ASIDE + 8 * (at % 3) : 16, borderRadius: 10 },
    label: way.label || undefined,
    labelStyle: { fill: "var(--muted-foreground)", fontSize: 11 },
    labelBgStyle: { fill: "var(--background)" },
    style: {
      stroke: colour,
      strokeWidth: 1.5,
      ...(way.kind === "error" && { strokeDasharray: 4 }),
    },
    markerEnd: { type: MarkerType.ArrowClosed, color: colour, width: 14, height: 14 },
    focusable: false,
  } as Edge;
}

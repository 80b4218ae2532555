/** Where each step is drawn, and which ways lead on from it. Pure. */
import {
  END,
  CONTINUE,
  pathKey,
  type Position,
  type Step,
  type StepPath,
  STOP,
} from "@/features/workflows/definition";

export const WIDTH = 232;
export const HEIGHT = 62;
const GAP_X = 36;
export const GAP_Y = 58;
const PADDING = 20;
const UNDER_HEAD = 20;
/** Where the inside of a body begins, from the corner of its step. */
export const INSIDE: Position = { x: PADDING, y: HEIGHT + UNDER_HEAD };

export type Placed = {
  key: string;
  path: StepPath;
  step: Step;
  x: number;
  y: number;
  width: number;
  height: number;
  /** The row in its list, from the top. */
  rank: number;
  /** In its list, as a position in the definition is. */
  own: Position;
};

export type Way = { from: string; to: string; label: string; kind: "next" | "branch" | "error" };

export type Layout = {
  placed: Placed[];
  ways: Way[];
  left: number;
  top: number;
  width: number;
  height: number;
  rows: number;
};

/** The key of the place behind the last step. */
export const END_KEY = "end";
export const TRIGGER_KEY = "trigger";

type Target = { to: string; label: string; kind: Way["kind"] };

/** The ways from a step to others of its list, or to the end. */
export function targetsOf(step: Step, next: string): Target[] {
  const found: Target[] = [];
  if (step.action === "condition") {
    found.push({ to: step.then ?? next, label: "yes", kind: "branch" });
    found.push({ to: step.else ?? END, label: "no", kind: "branch" });
  } else if (step.action === "switch") {
    for (const [value, to] of Object.entries(step.cases ?? {})) {
      found.push({ to, label: value, kind: "branch" });
    }
    found.push({ to: step.else ?? END, label: "else", kind: "branch" });
  } else {
    found.push({ to: step.then ?? next, label: "", kind: "next" });
  }
  const failing = step.on_error ?? STOP;
  if (failing !== STOP && failing !== CONTINUE) {
    found.push({ to: failing, label: "on error", kind: "error" });
  }
  return found;
}

/** The steps of the whole workflow from the top down; what may run beside each other stands so. */
export function layoutSteps(steps: readonly Step[]): Layout {
  return layoutList(steps, []);
}

function layoutList(steps: readonly Step[], base: StepPath): Layout {
  const ids = steps.map((step) => step.id);
  const ways = steps.flatMap((step, at) => waysOf(step, at, ids, base));
  const ranks = ranksOf(steps, base, ways);
  const blocks = steps.map((step, at) => blockOf(step, [...base, at], ranks[at] ?? 0));
  const rows = rowsOf(blocks, ranks);
  const isBody = base.length > 0;
  const placed = blocksInRows(rows).flatMap(({ block, x, y }) => {
    const own = isBody ? inside(block.own.step.position) : block.own.step.position;
    const at = own ?? { x, y };
    return [
      { ...block.own, ...at, own: at },
      ...shifted(block.inner.placed, at.x + INSIDE.x, at.y + INSIDE.y),
    ];
  });
  const inner = blocks.flatMap((block) => block.inner.ways);
  const bounds = boundsOf(placed, isBody ? { x: 0, y: 0 } : undefined);
  return { placed, ways: [...ways, ...inner], ...bounds, rows: rows.length };
}

/** Row by row from the top down, each in the middle. */
function blocksInRows(rows: readonly Row[]) {
  const width = Math.max(WIDTH, ...rows.map((row) => row.width));
  let y = 0;
  return rows.flatMap((row) => {
    let x = (width - row.width) / 2;
    const found = row.blocks.map((block) => {
      const at = { block, x, y };
      x += block.own.width + GAP_X;
      return at;
    });
    y += row.height + GAP_Y;
    return found;
  });
}

/** A body grows to the right and downwards: nothing in it stands before its corner. */
function inside(position: Position | null | undefined): Position | null {
  return position ? { x: Math.max(0, position.x), y: Math.max(0, position.y) } : null;
}

function boundsOf(placed: readonly Placed[], corner?: Position) {
  const starts = corner ? [corner] : placed;
  const left = Math.min(...starts.map(({ x }) => x));
  const top = Math.min(...starts.map(({ y }) => y));
  if (placed.length === 0) return { left: 0, top: 0, width: WIDTH, height: 0 };
  const right = Math.max(...placed.map(({ x, width }) => x + width));
  const bottom = Math.max(...placed.map(({ y, height }) => y + height));
  return { left, top, width: right - left, height: bottom - top };
}

function waysOf(step: Step, at: number, ids: readonly string[], base: StepPath): Way[] {
  const from = pathKey([...base, at]);
  const merged = new Map<string, Way>();
  for (const { to, label, kind } of targetsOf(step, ids[at + 1] ?? END)) {
    const position = ids.indexOf(to, at + 1);
    // The end of a body is the next item: no place of its own.
    if (position < 0 && base.length > 0) continue;
    const key = position < 0 ? END_KEY : pathKey([...base, position]);
    const known = merged.get(key + kind);
    if (known) known.label = [known.label, label].filter(Boolean).join(", ");
    else merged.set(key + kind, { from, to: key, label, kind });
  }
  return [...merged.values()];
}

/** How far down: below everything that leads there, and nothing in the row of what nothing leads to. */
function ranksOf(steps: readonly Step[], base: StepPath, ways: readonly Way[]): number[] {
  const ranks: number[] = [];
  steps.forEach((_, at) => {
    const key = pathKey([...base, at]);
    const before = ways
      .filter((way) => way.to === key)
      .map((way) => Number(way.from.split(".").at(-1)));
    const from = before.length > 0 ? before : at > 0 ? [at - 1] : [];
    ranks.push(Math.max(-1, ...from.map((each) => ranks[each] ?? -1)) + 1);
  });
  return ranks;
}

type Block = { own: Omit<Placed, "x" | "y" | "own">; inner: Layout };
type Row = { blocks: Block[]; width: number; height: number };
const NOTHING: Layout = { placed: [], ways: [], left: 0, top: 0, width: 0, height: 0, rows: 0 };

/** A step; one with a body is as large as that. */
function blockOf(step: Step, path: StepPath, rank: number): Block {
  const own = { key: pathKey(path), path, step, rank, width: WIDTH, height: HEIGHT };
  if (!step.steps || step.steps.length === 0) return { own, inner: NOTHING };
  const inner = layoutList(step.steps, path);
  return {
    own: {
      ...own,
      width: inner.width + 2 * PADDING,
      height: HEIGHT + UNDER_HEAD + inner.height + PADDING + 32,
    },
    inner,
  };
}

function rowsOf(blocks: readonly Block[], ranks: readonly number[]): Row[] {
  const most = Math.max(-1, ...ranks);
  return Array.from({ length: most + 1 }, (_, rank) => {
    const row = blocks.filter((_, at) => ranks[at] === rank);
    const widths = row.reduce((sum, block) => sum + block.own.width, 0);
    return {
      blocks: row,
      width: widths + GAP_X * Math.max(0, row.length - 1),
      height: Math.max(0, ...row.map((block) => block.own.height)),
    };
  });
}

function shifted(placed: readonly Placed[], x: number, y: number): Placed[] {
  return placed.map((each) => ({ ...each, x: each.x + x, y: each.y + y }));
}

/** Steps where people put them. A list is laid out, or all of it stands where it was put. Pure. */
import {
  insertStep,
  listAt,
  pathKey,
  type Position,
  type Step,
  type StepPath,
  withList,
} from "@/features/workflows/definition";
import { GAP_Y, HEIGHT, layoutSteps, type Placed, WIDTH } from "@/features/workflows/layout";

/** Put a step somewhere; the others of its list stay where they are drawn. */
export function placeStep(steps: readonly Step[], path: StepPath, at: Position): Step[] {
  const drawn = drawnIn(steps, path);
  return withList(steps, path, (list) =>
    list.map((step, index) => put(step, index === path.at(-1) ? at : drawn[index]?.own)),
  );
}

/** A new step; where its list was put by hand, those below make room. */
export function insertPlaced(steps: readonly Step[], path: StepPath, step: Step): Step[] {
  const fresh = { ...step };
  delete fresh.position;
  if (!isPlaced(listAt(steps, path))) return insertStep(steps, path, fresh);
  const drawn = drawnIn(steps, path);
  const at = below(drawn, path.at(-1) ?? 0);
  const roomy = withList(steps, path, (list) =>
    list.map((each, index) => put(each, movedDown(drawn[index]?.own, at))),
  );
  return insertStep(roomy, path, put(fresh, at));
}

/** All of them as they are laid out. */
export function tidied(steps: readonly Step[]): Step[] {
  return steps.map((step) => {
    const next = { ...step };
    delete next.position;
    return next.steps ? { ...next, steps: tidied(next.steps) } : next;
  });
}

/** Whether any was put by hand, also within bodies. */
export function isPlaced(steps: readonly Step[]): boolean {
  return steps.some(({ position, steps: inner }) => position || isPlaced(inner ?? []));
}

function drawnIn(steps: readonly Step[], path: StepPath): (Placed | undefined)[] {
  const { placed } = layoutSteps(steps);
  const base = path.slice(0, -1);
  return listAt(steps, path).map((_, at) =>
    placed.find(({ key }) => key === pathKey([...base, at])),
  );
}

/** Under the step before, or where the first one stands. */
function below(drawn: readonly (Placed | undefined)[], at: number): Position {
  const before = drawn[at - 1];
  if (!before) return drawn[0]?.own ?? { x: 0, y: 0 };
  const middle = before.own.x + (before.width - WIDTH) / 2;
  return { x: middle, y: before.own.y + before.height + GAP_Y };
}

function movedDown(own: Position | undefined, at: Position): Position | undefined {
  if (!own || own.y < at.y - GAP_Y / 2) return own;
  return { x: own.x, y: own.y + HEIGHT + GAP_Y };
}

function put(step: Step, at: Position | undefined): Step {
  return at ? { ...step, position: { x: Math.round(at.x), y: Math.round(at.y) } } : step;
}

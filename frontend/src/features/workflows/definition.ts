/** A workflow as JSON, and what can be done with its steps. Pure. */
export type Retry = {
  max_attempts: number;
  delay_seconds?: number;
  factor?: number;
  max_delay_seconds?: number;
};

/** In pixels; within a body, from the corner of its inside. */
export type Position = { x: number; y: number };

export type Step = {
  id: string;
  action: string;
  with?: Record<string, unknown>;
  retry?: Retry | null;
  timeout_seconds?: number | null;
  on_error?: string;
  then?: string | null;
  else?: string | null;
  cases?: Record<string, string> | null;
  steps?: Step[] | null;
  /** Where somebody has put it; missing where it is laid out. */
  position?: Position | null;
};

export type Trigger = { type: string } & Record<string, unknown>;

export type Definition = {
  name: string;
  description: string | null;
  run_as: string;
  max_concurrent: number;
  trigger: Trigger;
  steps: Step[];
};

/** Where a step stands: its position, and those of the steps around it before. */
export type StepPath = readonly number[];

export const END = "end";
export const STOP = "stop";
export const CONTINUE = "continue";

const MEMBERS = [
  ...(["id", "action", "with", "cases", "then", "else", "on_error"] as const),
  ...(["retry", "timeout_seconds", "steps", "position"] as const),
];

/** The step with its members in the order in which people write them. */
export function inOrder(step: Step): Step {
  const told = MEMBERS.filter((name) => step[name] !== undefined && step[name] !== null);
  const ordered = Object.fromEntries(told.map((name) => [name, step[name]])) as Step;
  return step.steps ? { ...ordered, steps: step.steps.map(inOrder) } : ordered;
}

export function pathKey(path: StepPath): string {
  return path.join(".");
}

export function parsePath(key: string): StepPath | null {
  return /^\d+(\.\d+)*$/.test(key) ? key.split(".").map(Number) : null;
}

/** The list in which the step of that path stands. */
export function listAt(steps: readonly Step[], path: StepPath): readonly Step[] {
  const [first = 0, ...rest] = path;
  return rest.length === 0 ? steps : listAt(steps[first]?.steps ?? [], rest);
}

export function stepAt(steps: readonly Step[], path: StepPath): Step | undefined {
  return listAt(steps, path)[path.at(-1) ?? 0];
}

/** All steps, those of bodies after the step around them. */
export function allSteps(steps: readonly Step[]): Step[] {
  return steps.flatMap((step) => [step, ...allSteps(step.steps ?? [])]);
}

/** Another list in the place of the one in which the step of that path stands. */
export function withList(
  steps: readonly Step[],
  path: StepPath,
  edit: (list: readonly Step[]) => Step[],
): Step[] {
  return editList(steps, path, edit);
}

function editList(
  steps: readonly Step[],
  path: StepPath,
  edit: (list: readonly Step[], position: number) => Step[],
): Step[] {
  const [first = 0, ...rest] = path;
  if (rest.length === 0) return edit(steps, first);
  return steps.map((step, at) =>
    at === first ? { ...step, steps: editList(step.steps ?? [], rest, edit) } : step,
  );
}

/** Put a step in another's place. Where its id is new, what names it follows. */
export function withStep(steps: readonly Step[], path: StepPath, next: Step): Step[] {
  const former = stepAt(steps, path)?.id;
  const changed = editList(steps, path, (list, position) =>
    list.map((step, at) => (at === position ? next : step)),
  );
  if (former === undefined || former === next.id || former === "") return changed;
  return renamed(changed, former, next.id);
}

export function insertStep(steps: readonly Step[], path: StepPath, step: Step): Step[] {
  return editList(steps, path, (list, position) => [
    ...list.slice(0, position),
    step,
    ...list.slice(position),
  ]);
}

/** Take a step away, and the ways that lead to it. */
export function removeStep(steps: readonly Step[], path: StepPath): Step[] {
  const gone = stepAt(steps, path)?.id;
  return editList(steps, path, (list, position) =>
    list.filter((_, at) => at !== position).map((step) => withoutTarget(step, gone)),
  );
}

/** One place up or down in its list; null where it already stands at the end. */
export function movedPath(steps: readonly Step[], path: StepPath, by: 1 | -1): StepPath | null {
  const position = (path.at(-1) ?? 0) + by;
  const isInside = position >= 0 && position < listAt(steps, path).length;
  return isInside ? [...path.slice(0, -1), position] : null;
}

export function moveStep(steps: readonly Step[], path: StepPath, by: 1 | -1): Step[] {
  const step = stepAt(steps, path);
  const target = movedPath(steps, path, by);
  if (!step || !target) return [...steps];
  const without = editList(steps, path, (list, position) =>
    list.filter((_, at) => at !== position),
  );
  return insertStep(without, target, step);
}

/** An id that no step has: the action's last word, with a number where that is taken. */
export function freshId(steps: readonly Step[], action: string): string {
  const taken = new Set(allSteps(steps).map((step) => step.id));
  const word = (action.split(".").at(-1) ?? action).replace(/[^A-Za-z0-9_-]/g, "_");
  let id = word;
  for (let number = 2; taken.has(id); number += 1) id = `${word}_${number}`;
  return id;
}

/** A new step with what its action cannot be without. */
export function freshStep(steps: readonly Step[], action: string): Step {
  const step: Step = { id: freshId(steps, action), action, with: {} };
  if (action === "switch") return { ...step, with: { value: "" }, cases: {}, else: END };
  if (action === "condition") return { ...step, with: { where: {} } };
  if (action !== "for_each") return step;
  const inner = freshId([...steps, step], "log");
  return {
    ...step,
    with: { items: "" },
    steps: [{ id: inner, action: "log", with: { message: "{{index}}" } }],
  };
}

function withoutTarget(step: Step, gone: string | undefined): Step {
  const next = { ...step };
  if (next.then === gone) delete next.then;
  if (next.else === gone) delete next.else;
  if (next.on_error === gone) delete next.on_error;
  if (next.cases) {
    next.cases = Object.fromEntries(
      Object.entries(next.cases).map(([value, to]) => [value, to === gone ? END : to]),
    );
  }
  return next;
}

/** Everywhere the new id: in ways, and in templates and conditions that name the step. */
function renamed(steps: readonly Step[], former: string, id: string): Step[] {
  const named = new RegExp(`\\bsteps\\.${escaped(former)}(?![A-Za-z0-9_-])`, "g");
  return steps.map((step) => ({
    ...step,
    with: replaced(step.with, named, `steps.${id}`) as Step["with"],
    ...(step.then === former && { then: id }),
    ...(step.else === former && { else: id }),
    ...(step.on_error === former && { on_error: id }),
    ...(step.cases && {
      cases: Object.fromEntries(
        Object.entries(step.cases).map(([value, to]) => [value, to === former ? id : to]),
      ),
    }),
    ...(step.steps && { steps: renamed(step.steps, former, id) }),
  }));
}

function replaced(value: unknown, from: RegExp, to: string): unknown {
  if (typeof value === "string") return value.replace(from, to);
  if (Array.isArray(value)) return value.map((each) => replaced(each, from, to));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [key.replace(from, to), replaced(each, from, to)]),
  );
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

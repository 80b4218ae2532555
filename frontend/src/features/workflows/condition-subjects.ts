/** What a condition step can ask about: what started the run, and what steps before it put out. Pure. */
import type { Subject } from "@/components/condition-builder/conditions";
import { recordSubjects } from "@/components/condition-builder/record-subjects";
import { type Definition, listAt, type Step, type StepPath } from "@/features/workflows/definition";
import type { Collection } from "@/lib/collections";

const RECORDS = new Set(["data.get", "data.create", "data.update"]);

export function subjectsAt(
  { trigger, steps }: Definition,
  path: StepPath,
  collections: readonly Collection[],
): Subject[] {
  const find = (name: unknown) => collections.find((each) => each.name === name);
  const before = stepsBefore(steps, path);
  const started = trigger.type.startsWith("record.")
    ? named(find(trigger.collection), "record.")
    : [];
  const item = path.length > 1 ? itemSubjects(stepAround(steps, path), before, find) : [];
  return [...started, ...item, ...before.flatMap((step) => outputOf(step, find))];
}

type Find = (name: unknown) => Collection | undefined;

/** Those that have run when the step of that path does: of its list, and of the lists around it. */
function stepsBefore(steps: readonly Step[], path: StepPath): Step[] {
  return path.flatMap((_, depth) => {
    const inside = path.slice(0, depth + 1);
    return listAt(steps, inside).slice(0, inside.at(-1));
  });
}

function stepAround(steps: readonly Step[], path: StepPath): Step | undefined {
  const around = path.slice(0, -1);
  return listAt(steps, around)[around.at(-1) ?? 0];
}

function outputOf({ id, action, with: given }: Step, find: Find): Subject[] {
  const prefix = `steps.${id}.`;
  if (RECORDS.has(action)) return named(find(given?.collection), prefix);
  if (action === "data.list") {
    return [
      { path: `${prefix}has_more`, label: `${prefix}has_more`, type: "boolean" },
      ...named(find(given?.collection), `${prefix}data.0.`),
    ];
  }
  if (action !== "http.request") return [];
  return [
    { path: `${prefix}response.status`, label: `${prefix}response.status`, type: "int" },
    { path: `${prefix}response.text`, label: `${prefix}response.text`, type: "string" },
  ];
}

/** Of `{{steps.found.data}}`, each item is a record that the step `found` listed. */
function itemSubjects(around: Step | undefined, before: readonly Step[], find: Find): Subject[] {
  const source = /^\{\{\s*steps\.([\w-]+)\.data\s*\}\}$/.exec(String(around?.with?.items ?? ""));
  const listed = before.find((step) => step.id === source?.[1] && step.action === "data.list");
  return [
    ...named(find(listed?.with?.collection), "item."),
    { path: "index", label: "index", type: "int" },
  ];
}

function named(collection: Collection | undefined, prefix: string): Subject[] {
  return recordSubjects(collection, prefix).map((subject) => ({ ...subject, label: subject.path }));
}

/** What conditions of policies can speak of, and by which variables. */
import type { JsonCondition, Subject, Variable } from "@/components/condition-builder/conditions";
import { operatorsOf } from "@/components/condition-builder/operators";
import type { Collection, Field } from "@/lib/collections";

export const CHANNELS = "_channels";

const CHANNEL_FIELDS = ["topic", "kind", "key"].map((name) => ({ name, type: "string" }));
const MOMENTS: Field[] = [
  { name: "created_at", type: "datetime" },
  { name: "updated_at", type: "datetime" },
];

/** A collection that policies speak of, the channels among them; undefined where there is none. */
export function guardedCollection(
  collections: readonly Collection[],
  name: string | undefined,
): Collection | undefined {
  if (name === CHANNELS) return { name, label: "", fields: CHANNEL_FIELDS, id_type: "string" };
  return collections.find((each) => each.name === name);
}

/** The own fields, those one relation away, and whatever deeper path the condition has already. */
export function policySubjects(
  collection: Collection,
  collections: readonly Collection[],
  condition?: JsonCondition | null,
): Subject[] {
  const own = fieldsOf(collection).map((field) => subjectOf(field, [field]));
  const related = collection.fields.flatMap((field) =>
    reachable(field, collections).map((inner) => subjectOf(inner, [field, inner])),
  );
  const subjects = [...own, ...related];
  const known = new Set(subjects.map(({ path }) => path));
  const deeper = keysOf(condition)
    .map((key) => subjectAt(key, collection, collections))
    .filter((subject) => subject !== null && !known.has(subject.path));
  return [...subjects, ...(deeper as Subject[])];
}

/** The path that a key begins with, as deep as it leads. */
export function subjectAt(
  key: string,
  collection: Collection,
  collections: readonly Collection[],
): Subject | null {
  const trail: Field[] = [];
  let at: Collection | undefined = collection;
  let rest = key;
  while (at) {
    const field: Field | undefined = fieldsOf(at).find(
      ({ name, type }) =>
        rest === name ||
        rest.startsWith(`${name}__`) ||
        (type === "relation" && rest === `${name}_id`),
    );
    if (!field) return null;
    trail.push(field);
    const isColumn = rest === `${field.name}_id`;
    rest = rest.slice(field.name.length + 2);
    if (isColumn || isEnd(rest, field)) return subjectOf(field, trail, isColumn);
    at = collections.find((each) => each.name === field.to);
  }
  return null;
}

function isEnd(rest: string, field: Field): boolean {
  return rest === "" || operatorsOf(field.type).some(({ name }) => name === rest);
}

function fieldsOf(collection: Collection): Field[] {
  if (collection.name === CHANNELS) return collection.fields;
  const type = collection.id_type === "int" ? "int" : "uuid";
  return [...collection.fields, { name: "id", type }, ...MOMENTS];
}

function reachable(field: Field, collections: readonly Collection[]): Field[] {
  if (field.type !== "relation") return [];
  const target = collections.find((each) => each.name === field.to);
  return target ? target.fields.filter((inner) => (inner.kind ?? "") !== "has_many") : [];
}

function subjectOf(field: Field, trail: readonly Field[], isColumn = false): Subject {
  const path = trail.map(({ name }) => name).join("__");
  return {
    path: isColumn ? `${path}_id` : path,
    label: trail.map(({ label, name }) => label ?? name).join(" › "),
    type: field.type,
    values: field.values,
  };
}

function keysOf(condition: JsonCondition | null | undefined): string[] {
  return Object.entries(condition ?? {}).flatMap(([key, value]) =>
    (key === "and" || key === "or") && Array.isArray(value)
      ? value.flatMap((each: JsonCondition) => keysOf(each))
      : [key],
  );
}

/** `$old` is known in the check of an update. */
export function policyVariables(
  collections: readonly Collection[],
  old: Collection | null,
): Variable[] {
  const users = collections.find((each) => each.name === "users");
  const profile = (users?.fields ?? []).filter(({ kind }) => !kind || kind === "belongs_to");
  return [
    { name: "$user.id", label: "the user" },
    ...profile.map(({ name }) => ({ name: `$user.${name}`, label: `the user’s ${name}` })),
    { name: "$key.id", label: "the API key" },
    { name: "$now", label: "this moment" },
    { name: "$today", label: "this day" },
    { name: "$request.ip", label: "the caller’s address" },
    ...(old?.fields ?? []).map(({ name }) => ({
      name: `$old.${name}`,
      label: "before the update",
    })),
  ];
}

/** Between the rows of the builder and the JSON of the condition language. */
import { operatorsOf, pathOf } from "@/components/condition-builder/operators";

export type Row = { path: string; operator: string; value: unknown };

/** Rows that must all hold, or of which one must. */
export type Group = { match: "all" | "any"; rows: Row[] };

export type JsonCondition = Record<string, unknown>;

/** What can be asked about: the path in conditions, and what is known of its type. */
export type Subject = { path: string; label: string; type: string; values?: string[] };

/** What stands for a value that is known when the condition is used: `$user.id`. */
export type Variable = { name: string; label: string };

export function isVariable(value: unknown): value is string {
  return typeof value === "string" && /^\$[a-z]/.test(value);
}

/** The JSON of a group; null where it asks nothing. */
export function toCondition(group: Group): JsonCondition | null {
  const members = group.rows
    .filter((row) => row.path !== "" && row.value !== undefined && row.value !== "")
    .map((row): [string, unknown] => [keyOf(row), row.value]);
  if (members.length === 0) return null;
  if (group.match === "any" && members.length > 1) {
    return { or: members.map((member) => Object.fromEntries([member])) };
  }
  const names = new Set(members.map(([key]) => key));
  if (names.size === members.length) return Object.fromEntries(members);
  return { and: members.map((member) => Object.fromEntries([member])) };
}

/** The rows of a condition, or null where it is deeper than rows can show. */
export function fromCondition(
  condition: JsonCondition | null | undefined,
  subjects: readonly Subject[],
): Group | null {
  if (!condition) return { match: "all", rows: [] };
  const entries = Object.entries(condition);
  const [only] = entries;
  if (entries.length === 1 && only && (only[0] === "or" || only[0] === "and")) {
    const members = asList(only[1]).map((each) => Object.entries(each));
    // Of “any”, a member with two keys is an “all” within: deeper than rows.
    if (only[0] === "or" && members.some((each) => each.length !== 1)) return null;
    const rows = rowsOf(members.flat(), subjects);
    return rows && { match: only[0] === "or" ? "any" : "all", rows };
  }
  const rows = rowsOf(entries, subjects);
  return rows && { match: "all", rows };
}

/** What a condition asks about and no subject names, each as a subject of a type unknown. */
export function otherSubjects(
  condition: JsonCondition | null,
  subjects: readonly Subject[],
): Subject[] {
  const members = Object.entries(condition ?? {}).flatMap(([key, value]) =>
    key === "and" || key === "or" ? asList(value).flatMap(Object.entries) : [[key, value]],
  );
  const keys = members.flatMap(([key, value]) => (isPlain(value) ? [String(key)] : []));
  const others = keys.filter((key) => rowOf(key, "", subjects) === null).map(pathOf);
  return [...new Set(others)].map((path) => ({ path, label: path, type: "any" }));
}

function isPlain(value: unknown): boolean {
  return typeof value !== "object" || value === null || Array.isArray(value);
}

function keyOf({ path, operator }: Row): string {
  return operator === "eq" ? path : `${path}__${operator}`;
}

function asList(value: unknown): JsonCondition[] {
  return Array.isArray(value) ? (value as JsonCondition[]) : [];
}

function rowsOf(entries: [string, unknown][], subjects: readonly Subject[]): Row[] | null {
  const rows = entries.map(([key, value]) => rowOf(key, value, subjects));
  return rows.every((row) => row !== null) ? rows : null;
}

function rowOf(key: string, value: unknown, subjects: readonly Subject[]): Row | null {
  for (const { path, type } of subjects) {
    if (key === path && isNested(value, type)) return null;
    if (key === path) return { path, operator: "eq", value };
    const operator = key.startsWith(`${path}__`) ? key.slice(path.length + 2) : "";
    if (operatorsOf(type).some((each) => each.name === operator)) return { path, operator, value };
  }
  return null;
}

/** `{"members": {"role": "admin"}}` speaks of one related record: no value. */
function isNested(value: unknown, type: string): boolean {
  return type !== "json" && typeof value === "object" && value !== null && !Array.isArray(value);
}

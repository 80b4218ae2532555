/** Which column of a file is which field, and whether its values look like that. */
import { storedFields } from "@/features/data/columns";
import type { Head } from "@/features/data/importing/csv";
import type { Collection, Field } from "@/lib/collections";
import { memberOf } from "@/lib/fields";

/** From the file's names to fields; null: left out. */
export type Mapping = Record<string, string | null>;

const OWN: readonly Field[] = [
  { name: "id", type: "id" },
  { name: "created_at", type: "datetime" },
  { name: "updated_at", type: "datetime" },
];
const NULL_WORDS = ["NA", "N/A", "NULL", "null", "\\N", "None"];
const WHOLE = /^[-+]?\d+$/;
const DECIMAL = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i;

const SHAPES: Record<string, RegExp> = {
  int: WHOLE,
  float: DECIMAL,
  decimal: DECIMAL,
  boolean: /^(true|false|t|f|yes|no|y|n|0|1)$/i,
  date: /^\d{4}-\d{2}-\d{2}$/,
  datetime: /^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}.*)?$/,
  uuid: /^[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}$/i,
  email: /^[^@\s]+@[^@\s]+$/,
  url: /^https?:\/\//i,
};

/** What a file may bring: the fields that can be written, the id, and the two moments. */
export function targetsOf(collection: Collection): Field[] {
  return [...storedFields(collection).filter((field) => !field.read_only), ...OWN];
}

export function guessMapping(header: readonly string[], collection: Collection): Mapping {
  const free = new Map<string, string>();
  for (const field of targetsOf(collection)) {
    for (const word of [field.name, memberOf(field), field.label ?? ""]) {
      if (word && !free.has(plain(word))) free.set(plain(word), field.name);
    }
  }
  const taken = new Set<string>();
  return Object.fromEntries(
    header.map((name) => {
      const found = free.get(plain(name));
      if (!found || taken.has(found)) return [name, null];
      taken.add(found);
      return [name, found];
    }),
  );
}

function plain(name: string): string {
  return name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, "");
}

/** A column goes to one field, and a field takes one column. */
export function remap(mapping: Mapping, name: string, target: string | null): Mapping {
  const freed = Object.entries(mapping).map(([key, value]) => [
    key,
    value === target ? null : value,
  ]);
  return { ...Object.fromEntries(freed), [name]: target };
}

/** The words of the samples that stand for nothing, where something else is asked for. */
export function guessNulls(head: Head, collection: Collection, mapping: Mapping): string[] {
  const found = new Set<string>();
  head.header.forEach((name, index) => {
    const field = targetsOf(collection).find((each) => each.name === mapping[name]);
    if (!field) return;
    for (const row of head.rows) {
      const cell = row[index] ?? "";
      if (NULL_WORDS.includes(cell)) found.add(cell);
    }
  });
  return [...found];
}

export function looksLike(cell: string, field: Field, nulls: readonly string[]): boolean {
  if (cell === "" || nulls.includes(cell)) return !field.required;
  if (field.type === "enum") return field.values?.includes(cell) ?? true;
  return SHAPES[field.type]?.test(cell) ?? true;
}

/** Fields that every record needs and no column brings. */
export function missingFields(collection: Collection, mapping: Mapping): Field[] {
  const brought = new Set(Object.values(mapping));
  return storedFields(collection).filter(
    (field) =>
      field.required && !field.read_only && field.default === undefined && !brought.has(field.name),
  );
}

/** By what records can be found again: the id, unique fields, and unique lists of fields. */
export function conflictChoices(collection: Collection, mapping: Mapping): string[] {
  const brought = new Set(Object.values(mapping));
  const single = storedFields(collection).filter((field) => field.unique);
  const lists = [["id"], ...single.map((field) => [field.name]), ...(collection.unique ?? [])];
  return lists.filter((names) => names.every((name) => brought.has(name))).map(String);
}

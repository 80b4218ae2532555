/**
 * A draft that was begun from a schema no longer in force, on the one that is: three documents in,
 * one out. Objects are told by id, new ones by name. Pure.
 */
import type { Document } from "@/features/schema/api";
import { isEqual } from "@/features/schema/equal";
import type { Collection, Field } from "@/lib/collections";

/**
 * `both`: changed here and there, and the draft's stays. `gone`: removed there, and what the draft
 * says of it is left out. `removed`: changed there, and the draft removes it.
 */
export type Clash = { kind: "both" | "gone" | "removed"; place: string };
export type Rebased = { document: Document; clashes: Clash[] };

type Part = { id?: string; name: string } & Record<string, unknown>;
type Three<Value> = { base?: Value; mine?: Value; theirs?: Value };
type Merge = (sides: Three<Part>, place: string, clashes: Clash[]) => Part;

const STRUCTURE = new Set(["id", "fields"]);

export function rebase(base: Document, mine: Document, theirs: Document): Rebased {
  const clashes: Clash[] = [];
  const sides = { base: base.collections, mine: mine.collections, theirs: theirs.collections };
  const merged = mergeList(sides, "", mergeCollection, clashes) as Collection[];
  const collections = withNames(merged, [base.collections, theirs.collections, mine.collections]);
  return { document: { collections }, clashes };
}

function mergeCollection(sides: Three<Part>, place: string, clashes: Clash[]): Part {
  const fields = {
    base: fieldsOf(sides.base),
    mine: fieldsOf(sides.mine),
    theirs: fieldsOf(sides.theirs),
  };
  const members = mergeMembers(sides, place, clashes);
  return { ...members, fields: mergeList(fields, `${place}.`, mergeMembers, clashes) };
}

/** Member by member: what one side changed; where both did, the draft's. */
function mergeMembers(sides: Three<Part>, place: string, clashes: Clash[]): Part {
  const { base = {}, mine = {}, theirs = {} } = sides as Three<Record<string, unknown>>;
  const merged: Record<string, unknown> = { ...theirs };
  for (const name of new Set([...Object.keys(base), ...Object.keys(mine)])) {
    if (STRUCTURE.has(name) || isEqual(mine[name], base[name])) continue;
    const isKept = isEqual(theirs[name], base[name]) || isEqual(theirs[name], mine[name]);
    if (!isKept) clashes.push({ kind: "both", place: `${place}: ${name}` });
    merged[name] = mine[name];
  }
  const told = Object.entries(merged).filter(([, value]) => value !== undefined);
  return Object.fromEntries(told) as Part;
}

/** In the order of what is in force; what the draft adds comes behind. */
function mergeList(
  { base = [], mine = [], theirs = [] }: Three<Part[]>,
  prefix: string,
  merge: Merge,
  clashes: Clash[],
): Part[] {
  const added = mine.filter((each) => !base.some((other) => isSame(each, other)));
  const kept = theirs.flatMap((their) => {
    const sides = { base: find(base, their), mine: find(mine, their), theirs: their };
    const place = prefix + their.name;
    if (sides.base && !sides.mine) {
      if (!isEqual(sides.base, their)) clashes.push({ kind: "removed", place });
      return [];
    }
    return [sides.mine ? merge(sides, place, clashes) : their];
  });
  for (const each of mine) {
    const before = find(base, each);
    const isGone = before !== undefined && find(theirs, each) === undefined;
    if (isGone && !isEqual(before, each)) clashes.push({ kind: "gone", place: prefix + each.name });
  }
  return [...kept, ...added.filter((each) => !find(theirs, each))];
}

/** Relations and indexes by the names that things have now, whoever renamed them. */
function withNames(merged: Collection[], known: Collection[][]): Collection[] {
  const names = renames(merged, known);
  const parts = new Map(
    merged.map((each) => {
      const former = known.map((list) => fieldsOf(list.find((other) => isSame(each, other))));
      return [each.name, renames(fieldsOf(each), former)];
    }),
  );
  return merged.map((collection) => {
    const own = parts.get(collection.name);
    const rename = (part: string) =>
      part.startsWith("-")
        ? `-${own?.get(part.slice(1)) ?? part.slice(1)}`
        : (own?.get(part) ?? part);
    return {
      ...collection,
      fields: collection.fields.map((field) => {
        if (field.to === undefined) return field;
        const to = names.get(field.to) ?? field.to;
        const via = field.via === undefined ? undefined : String(field.via);
        return { ...field, to, ...(via && { via: parts.get(to)?.get(via) ?? via }) };
      }),
      ...(collection.indexes && {
        indexes: collection.indexes.map((each) => ({ ...each, fields: each.fields.map(rename) })),
      }),
      ...(collection.unique && { unique: collection.unique.map((each) => each.map(rename)) }),
    };
  });
}

/** From names that things had to those they have, unless something else is called so now. */
function renames(merged: readonly Part[], known: readonly (readonly Part[])[]) {
  const present = new Set(merged.map((each) => each.name));
  const former = known.flat().flatMap((each) => {
    const now = each.id === undefined ? undefined : merged.find((other) => other.id === each.id);
    return now && !present.has(each.name) ? [[each.name, now.name] as const] : [];
  });
  return new Map(former);
}

function fieldsOf(collection: Part | undefined): Field[] {
  return (collection?.fields ?? []) as Field[];
}

function find(list: readonly Part[], wanted: Part): Part | undefined {
  return list.find((each) => isSame(each, wanted));
}

function isSame(one: Part, other: Part): boolean {
  return one.id !== undefined && other.id !== undefined
    ? one.id === other.id
    : one.name === other.name;
}

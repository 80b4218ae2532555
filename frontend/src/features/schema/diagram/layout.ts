/** Where each collection is drawn: those that lead to others stand left of them. Pure. */
import type { Collection, Field } from "@/lib/collections";

export const WIDTH = 220;
export const HEAD = 40;
export const ROW = 26;
const FOOT = 8;
const GAP_X = 110;
const GAP_Y = 36;
const MOST_HEIGHT = 900;
/** Fields beyond these are counted, not drawn. */
export const MOST_FIELDS = 12;

export type Relation = { from: string; field: Field; to: string };
export type Spot = { x: number; y: number };

/** The relations that are kept: a has_many is the other side of a belongs_to. */
export function relationsOf(collections: readonly Collection[]): Relation[] {
  const names = new Set(collections.map((each) => each.name));
  return collections.flatMap((each) =>
    each.fields
      .filter((field) => field.type === "relation" && field.kind !== "has_many")
      .filter((field) => field.to !== undefined && names.has(field.to))
      .map((field) => ({ from: each.name, field, to: field.to ?? "" })),
  );
}

/** Relations first: they are what the picture is about. */
export function drawnFields(collection: Collection): Field[] {
  const kept = collection.fields.filter((field) => field.kind !== "has_many");
  const relations = kept.filter((field) => field.type === "relation");
  const others = kept.filter((field) => field.type !== "relation");
  return [...relations, ...others].slice(0, Math.max(MOST_FIELDS, relations.length));
}

export function heightOf(collection: Collection): number {
  const isCut = collection.fields.length > drawnFields(collection).length;
  return HEAD + drawnFields(collection).length * ROW + (isCut ? ROW : 0) + FOOT;
}

export function layOut(collections: readonly Collection[]): Map<string, Spot> {
  const relations = relationsOf(collections);
  const depths = depthsOf(collections, relations);
  const spots = new Map<string, Spot>();
  let x = 0;
  for (const depth of [...new Set(depths.values())].sort((a, b) => a - b)) {
    const column = collections.filter((each) => depths.get(each.name) === depth);
    x = stack(nearest(column, relations, spots), x, spots) + WIDTH + GAP_X;
  }
  return spots;
}

/** How many steps lead to a collection at most; those without any relation stand last. */
function depthsOf(collections: readonly Collection[], relations: readonly Relation[]) {
  const depths = new Map<string, number>();

  function depthOf(name: string, path: readonly string[]): number {
    const known = depths.get(name);
    if (known !== undefined) return known;
    const before = relations.filter(
      ({ from, to }) => to === name && from !== name && !path.includes(from),
    );
    const depth = Math.max(-1, ...before.map(({ from }) => depthOf(from, [...path, name]))) + 1;
    if (path.length === 0) depths.set(name, depth);
    return depth;
  }

  const related = new Set(relations.flatMap(({ from, to }) => [from, to]));
  for (const { name } of collections) if (related.has(name)) depthOf(name, []);
  const last = Math.max(-1, ...depths.values()) + 1;
  for (const { name } of collections) if (!related.has(name)) depths.set(name, last);
  return depths;
}

/** Beside what they belong to, so that lines cross little. */
function nearest(
  column: readonly Collection[],
  relations: readonly Relation[],
  spots: ReadonlyMap<string, Spot>,
): Collection[] {
  function height({ name }: Collection): number {
    const placed = relations.flatMap(({ from, to }) => {
      const spot = to === name ? spots.get(from) : undefined;
      return spot ? [spot.y] : [];
    });
    return placed.length > 0 ? placed.reduce((sum, y) => sum + y, 0) / placed.length : 0;
  }
  return [...column].sort((a, b) => height(a) - height(b));
}

/** One under the other, in another column where they would become too high. The last column's x. */
function stack(column: readonly Collection[], from: number, spots: Map<string, Spot>): number {
  let x = from;
  let y = 0;
  for (const collection of column) {
    const height = heightOf(collection);
    if (y > 0 && y + height > MOST_HEIGHT) {
      x += WIDTH + GAP_Y;
      y = 0;
    }
    spots.set(collection.name, { x, y });
    y += height + GAP_Y;
  }
  return x;
}

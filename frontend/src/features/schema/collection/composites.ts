/** The composite indexes of a collection, unique or not, as one list. */
import type { Collection } from "@/lib/collections";

export type Part = { name: string; descending: boolean };

/** `place`: where it stands in its own list of the document; what the address calls it follows. */
export type Composite = { isUnique: boolean; place: number; parts: Part[] };

export function compositesOf(collection: Collection): Composite[] {
  const plain = (collection.indexes ?? []).map(({ fields }, place) => ({
    isUnique: false,
    place,
    parts: fields.map(partOf),
  }));
  const unique = (collection.unique ?? []).map((fields, place) => ({
    isUnique: true,
    place,
    parts: fields.map(partOf),
  }));
  return [...unique, ...plain];
}

export function nameOf({ isUnique, place }: Composite): string {
  return `${isUnique ? "unique" : "index"}-${place}`;
}

/** The collection with `next` in the place of `former`; null leaves none there. */
export function withComposite(
  collection: Collection,
  former: Composite | undefined,
  next: Omit<Composite, "place"> | null,
): Collection {
  const lists = {
    indexes: [...(collection.indexes ?? [])],
    unique: [...(collection.unique ?? [])],
  };
  const stays = former?.isUnique === next?.isUnique;
  if (former && !stays) (former.isUnique ? lists.unique : lists.indexes).splice(former.place, 1);
  if (next) place(lists, next, former && stays ? former.place : Infinity);
  return { ...collection, ...lists };
}

function place(
  { indexes, unique }: { indexes: { fields: string[] }[]; unique: string[][] },
  { isUnique, parts }: Omit<Composite, "place">,
  at: number,
): void {
  const fields = parts.map((part) => written(part, isUnique));
  if (isUnique) unique.splice(at, 1, fields);
  // Without its id where its fields changed: it is another index then.
  else if (indexes[at]?.fields.join() !== fields.join()) indexes.splice(at, 1, { fields });
}

/** Where it stands in the collection's part of the document, once it was edited. */
export function pointerTo(
  collection: Collection,
  former: Composite | undefined,
  isUnique: boolean,
): string {
  const list = (isUnique ? collection.unique : collection.indexes) ?? [];
  const place = former?.isUnique === isUnique ? former.place : list.length - 1;
  return `/${isUnique ? "unique" : "indexes"}/${place}`;
}

function partOf(field: string): Part {
  return { name: field.replace(/^-/, ""), descending: field.startsWith("-") };
}

function written({ name, descending }: Part, isUnique: boolean): string {
  return descending && !isUnique ? `-${name}` : name;
}

/** What an index can be made of: columns of the collection's own table. */
export function indexableNames(collection: Collection): string[] {
  const own = collection.fields.filter(({ kind = "belongs_to" }) => kind === "belongs_to");
  const authors = collection.created_by ? ["created_by"] : [];
  return [...own.map(({ name }) => name), "created_at", "updated_at", ...authors, "id"];
}

/** Edits of a schema document: each gives a new one, in which names still lead to something. */
import type { Document } from "@/features/schema/api";
import type { Collection, Field } from "@/lib/collections";
import { formatCount } from "@/lib/format";

export function withCollection(document: Document, collection: Collection): Document {
  return { collections: [...document.collections, collection] };
}

/** The collection in the place of the one that was called `former`; relations follow its name. */
export function withChangedCollection(
  document: Document,
  collection: Collection,
  former: string,
): Document {
  const follow = (field: Field) =>
    field.to === former ? { ...field, to: collection.name } : field;
  return eachCollection(document, (each) => {
    const next = each.name === former ? collection : each;
    return { ...next, fields: next.fields.map(follow) };
  });
}

/** Without the collection and the relations that lead to it. */
export function withoutCollection(document: Document, name: string): Document {
  const left = document.collections.filter((each) => each.name !== name);
  return eachCollection({ collections: left }, (each) =>
    withoutFields(
      each,
      each.fields.filter((field) => field.to === name).map((field) => field.name),
    ),
  );
}

/**
 * The field in the place of the one that was called `former`, or behind the others. Indexes and the
 * other side of a relation follow its name.
 */
export function withField(
  document: Document,
  collection: string,
  field: Field,
  former?: string,
): Document {
  if (former === undefined) {
    return eachCollection(document, (each) =>
      each.name === collection ? { ...each, fields: [...each.fields, field] } : each,
    );
  }
  const follow = (part: string) =>
    part.replace(/^-/, "") === former ? part.replace(former, field.name) : part;
  return eachCollection(document, (each) => {
    const fields = each.fields.map((other) =>
      isVia(other, collection, former) ? { ...other, via: field.name } : other,
    );
    if (each.name !== collection) return { ...each, fields };
    const placed = fields.map((other) => (other.name === former ? field : other));
    return withLists({ ...each, fields: placed }, (list) => list.map(follow));
  });
}

/** Without the field and what stands on it: indexes, and the other side of a relation. */
export function withoutField(document: Document, collection: string, name: string): Document {
  return eachCollection(document, (each) => {
    const vias = each.fields.filter((field) => isVia(field, collection, name));
    const gone = each.name === collection ? [name] : [];
    return withoutFields(each, [...gone, ...vias.map((field) => field.name)]);
  });
}

/** What else a document lacks after an edit that took something out, in words. */
export function goneWith(before: Document, after: Document, taken: string): string[] {
  return before.collections.flatMap((each) => {
    const left = after.collections.find((other) => other.name === each.name);
    if (!left) return [];
    const kept = new Set(left.fields.map((field) => field.name));
    const lists = listsOf(each).length - listsOf(left).length;
    const names = each.fields
      .filter((field) => !kept.has(field.name))
      .map((field) => `${each.name}.${field.name}`);
    const indexes = lists > 0 ? [formatCount(lists, "index", "indexes")] : [];
    return [...names.filter((name) => name !== taken), ...indexes];
  });
}

/** Where a collection, or a field of it, stands in the document. */
export function pointerOf(document: Document, collection: string, field?: string): string {
  const at = document.collections.findIndex((each) => each.name === collection);
  const place = document.collections[at]?.fields.findIndex((each) => each.name === field) ?? -1;
  return `/collections/${at}${place < 0 ? "" : `/fields/${place}`}`;
}

function eachCollection(
  document: Document,
  change: (collection: Collection) => Collection,
): Document {
  return { collections: document.collections.map(change) };
}

function isVia(field: Field, target: string, name: string): boolean {
  return field.kind === "has_many" && field.to === target && field.via === name;
}

function listsOf(collection: Collection): string[][] {
  return [...(collection.indexes ?? []).map(({ fields }) => fields), ...(collection.unique ?? [])];
}

function withoutFields(collection: Collection, names: readonly string[]): Collection {
  if (names.length === 0) return collection;
  const isLeft = (part: string) => !names.includes(part.replace(/^-/, ""));
  const fields = collection.fields.filter((field) => isLeft(field.name));
  return withLists({ ...collection, fields }, (list) => (list.every(isLeft) ? list : null));
}

/** The collection with its composite indexes changed; null takes one out. */
function withLists(
  collection: Collection,
  change: (fields: string[]) => string[] | null,
): Collection {
  const { indexes, unique } = collection;
  return {
    ...collection,
    ...(indexes && {
      indexes: indexes.flatMap((index) => {
        const fields = change(index.fields);
        return fields ? [{ ...index, fields }] : [];
      }),
    }),
    ...(unique && { unique: unique.flatMap((fields) => [change(fields)].filter(isList)) }),
  };
}

function isList(list: string[] | null): list is string[] {
  return list !== null;
}

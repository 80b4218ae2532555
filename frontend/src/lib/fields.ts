import type { Collection, Field } from "@/lib/collections";

const TEXTS = new Set(["string", "text", "email", "enum", "url"]);

/** The member of a record that holds the field: a relation's is its id. */
export function memberOf(field: Field): string {
  return isBelongsTo(field) ? `${field.name}_id` : field.name;
}

export function isBelongsTo(field: Field): boolean {
  return field.type === "relation" && (field.kind ?? "belongs_to") === "belongs_to";
}

/** The names that a record can be written with. */
export function storedNames(collection: Collection): string[] {
  return collection.fields
    .filter((field) => field.kind !== "has_many" && !field.read_only)
    .map(memberOf);
}

/** What a record of the collection is called by: its first text, else its id. */
export function labelField(collection: Collection | undefined): string {
  return collection?.fields.find((field) => TEXTS.has(field.type))?.name ?? "id";
}

/** “decimal”, “string, required”, “→ authors”. */
export function describeType(field: Field): string {
  if (field.type !== "relation") return field.type;
  return field.kind === "many_to_many" ? `⇉ ${field.to}` : `→ ${field.to}`;
}

export function collectionLabel(collection: Collection): string {
  return collection.label ?? collection.name;
}

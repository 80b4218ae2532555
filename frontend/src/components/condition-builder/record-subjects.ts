import type { Subject } from "@/components/condition-builder/conditions";
import type { Collection, Field } from "@/lib/collections";
import { memberOf } from "@/lib/fields";

const SYSTEM: Field[] = [
  { name: "created_at", type: "datetime" },
  { name: "updated_at", type: "datetime" },
];

/** What can be asked of a record alone, without those it leads to; `prefix` as in `record.`. */
export function recordSubjects(collection: Collection | undefined, prefix = ""): Subject[] {
  if (!collection) return [];
  const own = collection.fields.filter((field) => field.kind !== "has_many" && !isLink(field));
  const id: Field = { name: "id", type: collection.id_type === "int" ? "int" : "uuid" };
  return [...own, id, ...SYSTEM].map((field) => ({
    path: prefix + memberOf(field),
    label: field.label ?? field.name,
    type: field.type,
    values: field.values,
  }));
}

function isLink(field: Field): boolean {
  return field.kind === "many_to_many";
}

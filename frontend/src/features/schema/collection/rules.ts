/** The rules between the fields of one record. */
import type { JsonCondition } from "@/components/condition-builder/conditions";
import type { Collection } from "@/lib/collections";

export type RecordRule = { rule: "condition"; where: JsonCondition; message?: string };

export function rulesOf(collection: Collection): RecordRule[] {
  return (collection.validations ?? []) as RecordRule[];
}

/** `place` beyond the last adds one; null takes one out. */
export function withRule(
  collection: Collection,
  place: number,
  rule: RecordRule | null,
): Collection {
  const validations = [...rulesOf(collection)];
  validations.splice(place, 1, ...(rule ? [rule] : []));
  return { ...collection, validations };
}

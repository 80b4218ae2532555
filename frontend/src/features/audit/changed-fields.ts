import type { AuditEntry } from "@/features/audit/api";

export type Changed = { name: string; before: unknown; after: unknown };

/** Of an update what differs; of a record that came or went all that it had. */
export function changedFields({ before, after }: Pick<AuditEntry, "before" | "after">): Changed[] {
  const names = new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})]);
  return [...names]
    .map((name) => ({ name, before: before?.[name], after: after?.[name] }))
    .filter((each) => JSON.stringify(each.before) !== JSON.stringify(each.after))
    .filter((each) => !(before && after && each.name === "updated_at"))
    .filter((each) => (before && after) || (each.before ?? each.after) !== null);
}

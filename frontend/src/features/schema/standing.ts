/** How the draft stands to what is in force. */
import type { Document } from "@/features/schema/api";
import { isEqual } from "@/features/schema/equal";

export type Standing = "same" | "changed" | "added";

/** How a part of the draft stands to the part in force that has its id. */
export function standingOf<Part extends { id?: string }>(
  part: Part,
  inForce: readonly Part[],
): Standing {
  const before = inForce.find((each) => each.id !== undefined && each.id === part.id);
  if (!before) return "added";
  return isEqual(before, part) ? "same" : "changed";
}

/** How many collections of the draft are not as they are in force, those taken out too. */
export function countChanges(draft: Document, inForce: Document): number {
  const changed = draft.collections.filter(
    (each) => standingOf(each, inForce.collections) !== "same",
  );
  const kept = new Set(draft.collections.map((each) => each.id));
  return changed.length + inForce.collections.filter((each) => !kept.has(each.id)).length;
}

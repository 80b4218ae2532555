/** What the API refused, by the step that it is about. Pure. */
import { pathKey } from "@/features/workflows/definition";
import type { Violation } from "@/lib/problem";

export type Fault = {
  /** The step's path, `trigger`, or nothing where it is about the whole. */
  place: string;
  /** The rest of the pointer: `with/url`. */
  member: string;
  message: string;
  hint?: string;
};

type Said = Pick<Violation, "pointer" | "message"> & { hint?: string | null };

/** `/steps/1/steps/0/with/url` is about step 1.0. */
export function faultOf({ pointer, message, hint: given }: Said): Fault {
  const hint = given ?? undefined;
  const parts = pointer.split("/").slice(1);
  const path: number[] = [];
  while (parts[0] === "steps" && /^\d+$/.test(parts[1] ?? "")) {
    path.push(Number(parts[1]));
    parts.splice(0, 2);
  }
  if (path.length > 0) return { place: pathKey(path), member: parts.join("/"), message, hint };
  if (parts[0] === "trigger") {
    return { place: "trigger", member: parts.slice(1).join("/"), message, hint };
  }
  return { place: "", member: parts.join("/"), message, hint };
}

export function faultsAt(faults: readonly Fault[], place: string): Fault[] {
  return faults.filter((fault) => fault.place === place);
}

/** What is said about a member and everything in it. */
export function saidOf(faults: readonly Fault[], member: string): string | undefined {
  const found = faults.filter(
    (fault) => fault.member === member || fault.member.startsWith(`${member}/`),
  );
  if (found.length === 0) return undefined;
  return found.map((fault) => [fault.message, fault.hint].filter(Boolean).join(" ")).join(" ");
}

/** How the steps of a definition fared in a run. Pure. */
import type { RunStep } from "@/features/workflows/api";
import { strings } from "@/features/workflows/strings";

export type Status = RunStep["status"];

/** Of a step within a body, all of its turns: how the worst ended, and how many there were. */
export type Ran = { status: Status; count: number };

/** From what needs looking at to what does not. */
const BY_WEIGHT: Status[] = ["failed", "running", "waiting", "cancelled", "succeeded"];

/** `each[3].mail` is a turn of `mail`. */
export function stepIdOf(path: string): string {
  return (path.split(".").at(-1) ?? path).replace(/\[\d+\]$/, "");
}

export function ranOf(steps: readonly RunStep[]): Map<string, Ran> {
  const found = new Map<string, Ran>();
  for (const { path, status } of steps) {
    const id = stepIdOf(path);
    const known = found.get(id);
    found.set(id, {
      status: known ? worse(known.status, status) : status,
      count: (known?.count ?? 0) + 1,
    });
  }
  return found;
}

/** In words; null where the run did not come to the step. */
export function saidOfRun(ran: Ran | null): string {
  return ran ? strings.times(strings.statuses[ran.status], ran.count) : strings.notReached;
}

function worse(one: Status, other: Status): Status {
  return BY_WEIGHT.indexOf(one) <= BY_WEIGHT.indexOf(other) ? one : other;
}

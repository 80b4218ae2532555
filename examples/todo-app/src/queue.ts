/** Changes that wait to be sent: kept in localStorage, so that they outlive the page.
 *
 * Each has an Idempotency-Key of its own: sent twice, because an answer got lost or the page was
 * closed in between, it is done once.
 */
import type { TodosCreate, TodosUpdate } from "./schema";

export type Change = { key: string; id: string } & (
  { kind: "create"; data: TodosCreate } | { kind: "update"; data: TodosUpdate } | { kind: "delete" }
);

type Unsent = Change extends infer C ? (C extends Change ? Omit<C, "key"> : never) : never;

export class Queue {
  readonly #name: string;

  constructor(userId: string) {
    this.#name = `todos.queue.${userId}`;
  }

  /** Read anew each time: another tab may have added or sent something. */
  get changes(): Change[] {
    return read(this.#name) ?? [];
  }

  add(change: Unsent): void {
    write(this.#name, [...this.changes, { ...change, key: newId() }]);
  }

  remove(key: string): void {
    write(
      this.#name,
      this.changes.filter((each) => each.key !== key),
    );
  }

  /** Whether a `storage` event speaks of this queue. */
  isNamed(name: string | null): boolean {
    return name === this.#name;
  }
}

export function read<T>(name: string): T | null {
  try {
    return JSON.parse(localStorage.getItem(name) ?? "null") as T | null;
  } catch {
    return null;
  }
}

export function write(name: string, value: unknown): void {
  localStorage.setItem(name, JSON.stringify(value));
}

/** A UUID. Not `crypto.randomUUID`, which pages without https do not have. */
export function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

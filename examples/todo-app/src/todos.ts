/** A user's todos: what the server knows, kept live, with the changes that wait on top. */
import { BackendifyError, type RecordEvent, type Subscription } from "@backendify/client";

import { client } from "./client";
import { type Change, newId, Queue, read, write } from "./queue";
import type { Todos as Todo } from "./schema";

export type Shown = Pick<Todo, "id" | "title" | "done"> & { waiting: boolean };

export interface State {
  todos: Shown[];
  /** How many changes wait to be sent. */
  waiting: number;
  /** Whether changes of others arrive. */
  live: boolean;
  loaded: boolean;
  error: string | null;
}

const AGAIN_MS = 3_000;
const todos = client.collection("todos");

export class TodoStore {
  readonly #queue: Queue;
  readonly #cache: string;
  readonly #listeners = new Set<() => void>();
  #known: Map<string, Todo>;
  #early: RecordEvent<Todo>[] | null = null;
  #subscription: Subscription | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #loading: ReturnType<typeof setTimeout> | undefined;
  #open = false;
  #sending = false;
  #left = false;
  #state: State = { todos: [], waiting: 0, live: false, loaded: false, error: null };

  constructor(userId: string) {
    this.#queue = new Queue(userId);
    this.#cache = `todos.known.${userId}`;
    const cached = read<Todo[]>(this.#cache);
    this.#known = new Map(cached?.map((todo) => [todo.id, todo]));
    this.#tell({ loaded: cached !== null });
  }

  /** Follow the server; answers how to stop. */
  start(): () => void {
    this.#subscription = todos.subscribe({
      onEvent: (event) => this.#hear(event),
      onResync: () => void this.#load(),
      onStatus: (status) => {
        this.#open = status === "open";
        this.#tell();
      },
    });
    this.#subscription.ready.then(
      () => this.#load(),
      () => undefined,
    );
    const reached = (): void => {
      this.#tell();
      if (navigator.onLine) void this.#send();
    };
    const stored = (event: StorageEvent): void => {
      if (this.#queue.isNamed(event.key)) this.#tell();
    };
    addEventListener("online", reached);
    addEventListener("offline", reached);
    addEventListener("storage", stored);
    void this.#send();
    return () => {
      this.#subscription?.close();
      clearTimeout(this.#timer);
      clearTimeout(this.#loading);
      removeEventListener("online", reached);
      removeEventListener("offline", reached);
      removeEventListener("storage", stored);
    };
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };
  readonly state = (): State => this.#state;

  add(title: string): void {
    // The id is made here, so that the todo can be changed before the server has heard of it.
    const id = newId();
    this.#change({ kind: "create", id, data: { id, title } });
  }

  setDone(id: string, done: boolean): void {
    this.#change({ kind: "update", id, data: { done } });
  }

  remove(id: string): void {
    this.#change({ kind: "delete", id });
  }

  forgetError(): void {
    this.#tell({ error: null });
  }

  /** Forget what was read, before somebody else sits here; what waits is kept for its owner. */
  leave(): void {
    this.#left = true;
    localStorage.removeItem(this.#cache);
  }

  #change(change: Parameters<Queue["add"]>[0]): void {
    this.#queue.add(change);
    this.#tell();
    void this.#send();
  }

  /** Send what waits, in order, one after the other; in one tab of the browser at a time. */
  async #send(): Promise<void> {
    if (this.#sending) return;
    this.#sending = true;
    clearTimeout(this.#timer);
    try {
      await alone(async () => {
        for (let next = this.#queue.changes[0]; next; next = this.#queue.changes[0]) {
          await this.#sendOne(next);
          this.#queue.remove(next.key);
          this.#tell();
        }
      });
    } catch {
      this.#timer = setTimeout(() => void this.#send(), AGAIN_MS);
    } finally {
      this.#sending = false;
    }
  }

  /** Throws where it has to be sent again later. */
  async #sendOne(change: Change): Promise<void> {
    const options = { idempotencyKey: change.key };
    try {
      if (change.kind === "create") this.#keep(await todos.create(change.data, options));
      if (change.kind === "update") this.#keep(await todos.update(change.id, change.data, options));
      if (change.kind === "delete") {
        await todos.delete(change.id, options);
        this.#known.delete(change.id);
      }
    } catch (error) {
      if (!(error instanceof BackendifyError) || isPassing(error)) throw error;
      // Deleted elsewhere meanwhile, or there already though the key was forgotten: nothing to do.
      const isDone = error.status === 404 || (change.kind === "create" && error.status === 409);
      if (!isDone) this.#tell({ error: error.errors[0]?.message ?? error.detail });
    }
  }

  /** Read the whole list; what is told meanwhile comes on top of it. */
  async #load(): Promise<void> {
    this.#early ??= [];
    try {
      const known = new Map<string, Todo>();
      for await (const todo of todos.all({ sort: "created_at" })) known.set(todo.id, todo);
      this.#known = known;
      const early = this.#early;
      this.#early = null;
      for (const event of early) this.#hear(event);
      this.#tell({ loaded: true });
    } catch {
      this.#early = null;
      if (client.auth.user) this.#loading = setTimeout(() => void this.#load(), AGAIN_MS);
    }
  }

  #hear(event: RecordEvent<Todo>): void {
    if (this.#early) {
      this.#early.push(event);
      return;
    }
    if (event.record) this.#keep(event.record);
    else this.#known.delete(event.record_id);
    this.#tell();
  }

  #keep(todo: Todo): void {
    this.#known.set(todo.id, todo);
  }

  #tell(changed: Partial<State> = {}): void {
    const changes = this.#queue.changes;
    if (!this.#left) write(this.#cache, [...this.#known.values()]);
    this.#state = {
      ...this.#state,
      ...changed,
      waiting: changes.length,
      live: this.#open && navigator.onLine,
      todos: withChanges([...this.#known.values()], changes),
    };
    for (const listener of this.#listeners) listener();
  }
}

/** The todos as they will be when every change has been sent; the newest first. */
export function withChanges(known: Todo[], changes: Change[]): Shown[] {
  const shown = new Map<string, Shown>();
  const ordered = [...known].sort((a, b) => a.created_at.localeCompare(b.created_at));
  for (const { id, title, done } of ordered) shown.set(id, { id, title, done, waiting: false });
  for (const change of changes) {
    const before = shown.get(change.id);
    if (change.kind === "delete") shown.delete(change.id);
    else if (change.kind === "create") {
      shown.set(change.id, { id: change.id, title: change.data.title, done: false, waiting: true });
    } else if (before) shown.set(change.id, { ...before, ...change.data, waiting: true });
  }
  return [...shown.values()].reverse();
}

/** Not a word on the change itself: the server is away, busy, or wants somebody to sign in. */
function isPassing({ status }: BackendifyError): boolean {
  return [0, 401, 408, 429].includes(status) || status >= 500;
}

function alone(work: () => Promise<void>): Promise<unknown> {
  const locks = navigator.locks as LockManager | undefined;
  return locks ? locks.request("todos.send", work) : work();
}

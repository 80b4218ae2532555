/** Where a session is kept between visits. */

type Awaitable<T> = T | Promise<T>;

/** Texts under names; each method may answer a promise. */
export interface SessionStorageAdapter {
  get(name: string): Awaitable<string | null>;
  set(name: string, text: string): Awaitable<void>;
  remove(name: string): Awaitable<void>;
  /** Tell when another tab or process changed a name. */
  watch?(name: string, changed: () => void): void;
}

/** Until the page is left or the process ends: nothing is written anywhere. */
export function memoryStorage(): SessionStorageAdapter {
  const kept = new Map<string, string>();
  return {
    get: (name) => kept.get(name) ?? null,
    set: (name, text) => void kept.set(name, text),
    remove: (name) => void kept.delete(name),
  };
}

/**
 * The browser's localStorage: users stay signed in, in every tab. Any script on the page can read
 * it, so let none in that you do not trust.
 */
export function browserStorage(): SessionStorageAdapter {
  const kept = globalThis.localStorage;
  return {
    get: (name) => kept.getItem(name),
    set: (name, text) => kept.setItem(name, text),
    remove: (name) => kept.removeItem(name),
    watch: (name, changed) =>
      globalThis.addEventListener?.("storage", (event) => {
        if (event.key === name || event.key === null) changed();
      }),
  };
}

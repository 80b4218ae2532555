/** Who is signed in: kept in the storage, renewed by itself, the same in all tabs. */
import { BackendifyError, signedOut } from "../errors.js";
import type { Http } from "../http.js";
import type { SessionStorageAdapter } from "./storage.js";

/** A user of the app, with the fields that the setting `auth.profile_fields` names. */
export interface User {
  id: string;
  email: string | null;
  email_verified: boolean;
  name: string | null;
  roles: string[];
  status: "active" | "suspended";
  created_at: string;
  updated_at: string;
  last_login_at: string | null;
  [field: string]: unknown;
}

export interface Session {
  user: User;
  access_token: string;
  refresh_token: string;
  /** Milliseconds since 1970. */
  expires_at: number;
}

export type SessionListener = (session: Session | null) => void;

/** @internal What signs in is answered with. */
export interface SignedIn {
  user: User;
  access_token: string;
  refresh_token: string;
  expires_in: number;
}

/** Renewed so long before the access token ends. */
const MARGIN_MS = 30_000;

/** @internal */
export class Sessions {
  readonly #http: Http;
  readonly #listeners = new Set<SessionListener>();
  #current: Session | null = null;
  #renewing: Promise<Session | null> | null = null;
  #isLoading = false;
  readonly storage: SessionStorageAdapter;
  readonly name: string;
  readonly ready: Promise<void>;

  constructor(http: Http, storage: SessionStorageAdapter, name: string) {
    this.#http = http;
    this.storage = storage;
    this.name = name;
    const held = storage.get(name);
    if (held instanceof Promise) {
      this.#isLoading = true;
      this.ready = held.then((text) => this.#loaded(parse(text)));
    } else {
      this.#current = parse(held);
      this.ready = Promise.resolve();
    }
    storage.watch?.(name, () => void this.#read().then((session) => this.#adopt(session)));
  }

  get current(): Session | null {
    return this.#current;
  }

  onChange(listener: SessionListener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** The session of who is signed in when this is called, good for a while; null for nobody.
   * Throws where it ends before it is. */
  async held(): Promise<Session | null> {
    if (this.#isLoading) await this.ready;
    const before = this.#current;
    if (!before || isFresh(before)) return before;
    const after = await this.refresh();
    if (after?.user.id !== before.user.id) throw signedOut();
    return after;
  }

  /** The session of who is signed in when this is answered, good for a while; null for nobody. */
  async latest(): Promise<Session | null> {
    await this.ready;
    if (this.#current && !isFresh(this.#current)) await this.refresh();
    return this.#current;
  }

  /** Another token than the one that was refused; null where there is none. */
  async renew(refused: string): Promise<string | null> {
    if (!this.#current) return null;
    if (this.#current.access_token !== refused) return this.#current.access_token;
    try {
      return (await this.refresh())?.access_token ?? null;
    } catch (error) {
      if (isOver(error)) return null;
      throw error;
    }
  }

  /** A new pair of tokens, asked for once however many want it. */
  refresh(): Promise<Session | null> {
    this.#renewing ??= locked(this.name, () => this.#refresh()).finally(() => {
      this.#renewing = null;
    });
    return this.#renewing;
  }

  async set(session: Session | null): Promise<void> {
    this.#adopt(session);
    if (session) await this.storage.set(this.name, JSON.stringify(session));
    else await this.storage.remove(this.name);
  }

  async accept({ user, access_token, refresh_token, expires_in }: SignedIn): Promise<User> {
    const expires_at = Date.now() + expires_in * 1000;
    await this.set({ user, access_token, refresh_token, expires_at });
    return user;
  }

  /** Other tokens of who asked for them. Who signed in or out meanwhile has the last word. */
  async replace(signedIn: SignedIn): Promise<User> {
    const { user } = signedIn;
    return this.#current?.user.id === user.id ? this.accept(signedIn) : user;
  }

  /** The user as the server knows them now. */
  async update(user: User): Promise<User> {
    if (this.#current?.user.id === user.id) await this.set({ ...this.#current, user });
    return user;
  }

  async #refresh(): Promise<Session | null> {
    const before = this.#current;
    if (!before) return null;
    const stored = await this.#read();
    if (stored && stored.refresh_token !== before.refresh_token && isFresh(stored)) {
      this.#adopt(stored); // another tab was faster
      return stored;
    }
    try {
      const body = { refresh_token: (stored ?? before).refresh_token };
      const asked = { method: "POST", path: "/auth/refresh", body, repeatable: true, bare: true };
      const answered = await this.#http.json<SignedIn>(asked);
      if (this.#isStill(before)) await this.accept(answered); // else signed out meanwhile
    } catch (error) {
      if (!isOver(error)) throw error;
      if (this.#isStill(before)) await this.set(null);
    }
    return this.#current;
  }

  /** What is known of the user may be newer. */
  #isStill({ refresh_token }: Session): boolean {
    return this.#current?.refresh_token === refresh_token;
  }

  #loaded(session: Session | null): void {
    this.#isLoading = false;
    this.#adopt(session);
  }

  #adopt(session: Session | null): void {
    const isSame = session?.access_token === this.#current?.access_token;
    if (isSame && session?.user === this.#current?.user) return;
    this.#current = session;
    for (const listener of this.#listeners) listener(session);
  }

  async #read(): Promise<Session | null> {
    return parse(await this.storage.get(this.name));
  }
}

function parse(text: string | null): Session | null {
  if (text === null) return null;
  try {
    const found = JSON.parse(text) as Session | null;
    return typeof found?.access_token === "string" ? found : null;
  } catch {
    return null;
  }
}

function isFresh(session: Session): boolean {
  return session.expires_at - MARGIN_MS > Date.now();
}

function isOver(error: unknown): boolean {
  return error instanceof BackendifyError && error.status === 401;
}

/** One at a time in all tabs of the browser: a refresh token is good once. */
function locked<T>(name: string, work: () => Promise<T>): Promise<T> {
  const locks = (globalThis.navigator as Navigator | undefined)?.locks as LockManager | undefined;
  return locks ? (locks.request(name, work) as Promise<T>) : work();
}

/** One project, as one caller: the way in. */
import { Auth } from "./auth/auth.js";
import { type Session, Sessions } from "./auth/session.js";
import { memoryStorage, type SessionStorageAdapter } from "./auth/storage.js";
import { type BatchOptions, type Operation, type Outcomes, runBatch } from "./batch.js";
import { Collection } from "./collection.js";
import { type Credentials, type Fetch, Http, type Pass } from "./http.js";
import { Channel, type ChannelOptions, type EventsOf } from "./realtime/channel.js";
import { type SocketClass, Sockets } from "./realtime/sockets.js";
import type { AnySchema, Name, SchemaOf } from "./schema.js";

export interface ClientOptions {
  /** Where Backendify is served: `https://api.example.com`. In a browser, without one: the page's
   * own origin. */
  url?: string;
  /** The project's slug or id. */
  project: string;
  /** An API key, for servers. Never ship one in a page. */
  key?: string;
  /** Where the session is kept: in memory without. */
  storage?: SessionStorageAdapter;
  fetch?: Fetch;
  /** What opens sockets, where there is no global one (Node 20): the class of the package `ws`.
   * `false`: events come as streams of server-sent events, and there are no channels. */
  WebSocket?: SocketClass | false;
  /** How often a request is sent again when the server cannot be reached, is busy or says to wait: 3. */
  retries?: number;
  /** Milliseconds until an attempt is given up: 30,000. */
  timeout?: number;
  /** Headers of every request. */
  headers?: Record<string, string>;
}

export interface RequestOptions {
  query?: Record<string, string | undefined>;
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

export class Client<S extends SchemaOf<S>> {
  readonly #http: Http;
  readonly #sockets: Sockets;
  /** App users: signing in and out. */
  readonly auth: Auth;

  /** @internal */
  constructor(options: ClientOptions) {
    const origin = (options.url ?? globalThis.location?.origin ?? "").replace(/\/+$/, "");
    const project = encodeURIComponent(options.project);
    this.#http = new Http({
      base: `${origin}/api/projects/${project}`,
      fetch: options.fetch ?? ((input, init) => globalThis.fetch(input, init)),
      retries: options.retries ?? 3,
      timeout: options.timeout ?? 30_000,
      headers: options.headers ?? {},
    });
    const storage = options.storage ?? memoryStorage();
    const sessions = new Sessions(this.#http, storage, `backendify.${options.project}`);
    this.auth = new Auth(this.#http, sessions);
    this.#http.credentials = credentialsOf(sessions, options.key ?? null);
    this.#sockets = new Sockets(this.#http, options.WebSocket ?? globalThis.WebSocket);
    sessions.onChange(() => this.#sockets.check());
  }

  collection<C extends Name<S>>(name: C): Collection<S, C> {
    return new Collection(this.#http, this.#sockets, name);
  }

  /**
   * Join a channel: what one of those in it says, the others hear at once; nothing is kept. `Events`
   * names the messages and their payloads, `Presence` what is shown of each member.
   */
  channel<
    Events extends EventsOf<Events> = Record<string, unknown>,
    Presence extends object = object,
  >(topic: string, options: ChannelOptions<Presence> = {}): Channel<Events, Presence> {
    return new Channel(this.#sockets, topic, options);
  }

  /** Up to 1,000 operations in one transaction, answered in their order. */
  batch<const O extends readonly Operation<S>[], A extends boolean = true>(
    operations: O,
    options: BatchOptions<A> = {},
  ): Promise<Outcomes<S, O, A>> {
    return runBatch<S, O, A>(this.#http, operations, options);
  }

  /** Any other route of the project, with the client's credentials: `request("GET", "/changes")`. */
  request<T>(method: string, path: string, options: RequestOptions = {}): Promise<T> {
    return this.#http.json<T>({ method, path, ...options });
  }
}

function credentialsOf(sessions: Sessions, key: string | null): Credentials {
  const passOf = (session: Session | null): Pass => ({
    token: session?.access_token ?? key,
    party: session?.user.id ?? key,
  });
  return {
    pass: async () => passOf(await sessions.held()),
    latest: async () => passOf(await sessions.latest()),
    renew: (refused) => sessions.renew(refused),
    party: () => passOf(sessions.current).party,
    onChange: (listener) => sessions.onChange(listener),
  };
}

/**
 * A client of one project. Its types are those of a schema that `backendify types --lang ts`
 * wrote: `createClient<Schema>({ url, project })`.
 */
export function createClient<S extends SchemaOf<S> = AnySchema>(options: ClientOptions): Client<S> {
  return new Client<S>(options);
}

/** The records of one collection. */
import type { Where } from "./conditions.js";
import type { Asked, Http } from "./http.js";
import { queryBody, words } from "./query.js";
import type { Sockets } from "./realtime/sockets.js";
import {
  type Handlers,
  RecordSubscription,
  type SubscribeOptions,
  type Subscription,
} from "./realtime/subscription.js";
import type { RecordEvent } from "./realtime/events.js";
import type {
  Cancellable,
  Expand,
  FieldNames,
  GetOptions,
  ListOptions,
  Page,
  Result,
} from "./reads.js";
import type { CreateOf, IdOf, KeysOf, RecordOf, UpdateOf } from "./schema.js";

export interface WriteOptions extends Cancellable {
  /** Every write carries a key, so that it is done once however often it is sent. Give your own
   * where it may be sent again by another page or process. */
  idempotencyKey?: string;
}

export interface ChangeOptions extends WriteOptions {
  /**
   * Refuse (412) when the record has changed since: an ETag, or the record as this client answered
   * it from `get`, `create`, `update` or `replace`.
   */
  ifMatch?: string | object;
}

export interface BulkOptions extends WriteOptions {
  /** Refuse (422), and change nothing, where more records than this are met. */
  maxAffected: number;
}

/** A longer query goes in a body. */
const LONGEST_QUERY = 4_000;
const etags = new WeakMap<object, string>();

/** The ETag of a record that `get` or a write answered; undefined for those of a list. */
export function etagOf(record: object): string | undefined {
  return etags.get(record);
}

/** @internal */
export function keepEtag<T>(record: T, etag: string | null | undefined): T {
  if (etag && typeof record === "object" && record !== null) etags.set(record, etag);
  return record;
}

export class Collection<S, C extends keyof S & string> {
  readonly #http: Http;
  readonly #sockets: Sockets;
  readonly name: C;

  /** @internal */
  constructor(http: Http, sockets: Sockets, name: C) {
    this.#http = http;
    this.#sockets = sockets;
    this.name = name;
  }

  /** A page of records. */
  async list<const E extends Expand<S, C> = never, const F extends FieldNames<S, C> = never>(
    options: ListOptions<S, C, E, F> = {},
  ): Promise<Page<Result<S, C, E, F>>> {
    const { signal } = options;
    const query = words(options as Parameters<typeof words>[0]);
    const isLong = this.#http.url("", query).length > LONGEST_QUERY;
    const body = isLong && queryBody(options as Parameters<typeof words>[0]);
    return this.#http.json(
      body
        ? { method: "POST", path: `${this.#path}/query`, body, repeatable: true, signal }
        : { method: "GET", path: this.#path, query, signal },
    );
  }

  /** Every record, page after page: `for await (const post of posts.all({ … }))`. */
  async *all<const E extends Expand<S, C> = never, const F extends FieldNames<S, C> = never>(
    options: Omit<ListOptions<S, C, E, F>, "cursor" | "offset" | "count"> = {},
  ): AsyncGenerator<Result<S, C, E, F>, void, undefined> {
    let cursor: string | null | undefined;
    do {
      const asked = { limit: 200, ...options, ...(cursor ? { cursor } : {}) };
      const { data, page } = await this.list<E, F>(asked as ListOptions<S, C, E, F>);
      yield* data;
      cursor = page.next_cursor;
    } while (cursor);
  }

  /** The first record that a list would show, or null. */
  async first<const E extends Expand<S, C> = never, const F extends FieldNames<S, C> = never>(
    options: Omit<ListOptions<S, C, E, F>, "limit" | "cursor" | "count"> = {},
  ): Promise<Result<S, C, E, F> | null> {
    const page = await this.list<E, F>({ ...options, limit: 1 } as ListOptions<S, C, E, F>);
    return page.data[0] ?? null;
  }

  /** How many records meet a condition. */
  async count(filter?: Where<S, C>, { signal }: Cancellable = {}): Promise<number> {
    const query = { count: "*", filter: filter && JSON.stringify(filter) };
    const asked = { method: "GET", path: `${this.#path}/aggregate`, query, signal };
    const { data } = await this.#http.json<{ data: { count: number }[] }>(asked);
    return data[0]?.count ?? 0;
  }

  /** One record; throws `record_not_found`. */
  async get<const E extends Expand<S, C> = never, const F extends FieldNames<S, C> = never>(
    id: IdOf<S, C>,
    options: GetOptions<S, C, E, F> = {},
  ): Promise<Result<S, C, E, F>> {
    const query = words(options as Parameters<typeof words>[0]);
    const asked = { method: "GET", path: this.#at(id), query, signal: options.signal };
    return this.#record<Result<S, C, E, F>>(asked);
  }

  /** Create one record, or several: all of them or none. */
  create(data: CreateOf<S, C>, options?: WriteOptions): Promise<RecordOf<S, C>>;
  create(data: readonly CreateOf<S, C>[], options?: WriteOptions): Promise<RecordOf<S, C>[]>;
  create(
    data: CreateOf<S, C> | readonly CreateOf<S, C>[],
    options: WriteOptions = {},
  ): Promise<RecordOf<S, C> | RecordOf<S, C>[]> {
    return this.#make(data, {}, options);
  }

  /** Create records, or update those that have the same values in the unique fields `onConflict`
   * (several with commas; the id without). */
  upsert(
    data: CreateOf<S, C>,
    options?: WriteOptions & { onConflict?: KeysOf<S, C> },
  ): Promise<RecordOf<S, C>>;
  upsert(
    data: readonly CreateOf<S, C>[],
    options?: WriteOptions & { onConflict?: KeysOf<S, C> },
  ): Promise<RecordOf<S, C>[]>;
  upsert(
    data: CreateOf<S, C> | readonly CreateOf<S, C>[],
    options: WriteOptions & { onConflict?: KeysOf<S, C> } = {},
  ): Promise<RecordOf<S, C> | RecordOf<S, C>[]> {
    return this.#make(data, { on_conflict: options.onConflict ?? "id" }, options);
  }

  /** Change some members; `{ $inc: 1 }` and `{ $append: x }` are relative. */
  update(
    id: IdOf<S, C>,
    data: UpdateOf<S, C>,
    options: ChangeOptions = {},
  ): Promise<RecordOf<S, C>> {
    return this.#record(this.#change("PATCH", id, options, data));
  }

  /** Replace a record: members that are not given get their defaults. */
  replace(
    id: IdOf<S, C>,
    data: CreateOf<S, C>,
    options: ChangeOptions = {},
  ): Promise<RecordOf<S, C>> {
    return this.#record(this.#change("PUT", id, options, data));
  }

  async delete(id: IdOf<S, C>, options: ChangeOptions = {}): Promise<void> {
    await this.#http.json(this.#change("DELETE", id, options));
  }

  /** Change every record that meets the condition; answers how many. */
  async updateWhere(
    filter: Where<S, C>,
    data: UpdateOf<S, C>,
    options: BulkOptions,
  ): Promise<number> {
    return this.#bulk("PATCH", filter, options, data);
  }

  /** Delete every record that meets the condition; answers how many. */
  async deleteWhere(filter: Where<S, C>, options: BulkOptions): Promise<number> {
    return this.#bulk("DELETE", filter, options);
  }

  /**
   * Hear of every change of the records that meet `filter` and that the caller may see, in order
   * and without a gap: after a break it goes on where it ended.
   */
  subscribe(
    handlers: ((event: RecordEvent<RecordOf<S, C>>) => void) | Handlers<RecordOf<S, C>>,
    options: SubscribeOptions<Where<S, C>> = {},
  ): Subscription {
    const told = typeof handlers === "function" ? { onEvent: handlers } : handlers;
    return new RecordSubscription(this.#http, this.#sockets, this.name, told, options);
  }

  get #path(): string {
    return `/data/${this.name}`;
  }

  #at(id: string | number): string {
    return `${this.#path}/${encodeURIComponent(id)}`;
  }

  async #make<T>(data: object, query: Asked["query"], options: WriteOptions): Promise<T> {
    const { idempotencyKey: key = true, signal } = options;
    const asked = { method: "POST", path: this.#path, query: query ?? {}, body: data, key, signal };
    if (!Array.isArray(data)) return this.#record<T>(asked);
    return (await this.#http.json<{ data: T }>(asked)).data;
  }

  #change(method: string, id: string | number, options: ChangeOptions, body?: unknown): Asked {
    const { idempotencyKey: key = true, signal } = options;
    const headers = { "if-match": options.ifMatch && tagOf(options.ifMatch) };
    return { method, path: this.#at(id), headers, body, key, signal };
  }

  async #record<T>(asked: Asked): Promise<T> {
    const { body, etag } = await this.#http.answer<T>(asked);
    return keepEtag(body, etag);
  }

  async #bulk(
    method: string,
    filter: object,
    options: BulkOptions,
    body?: unknown,
  ): Promise<number> {
    const { idempotencyKey: key = true, signal, maxAffected } = options;
    const headers = { prefer: `max-affected=${maxAffected}` };
    const query = { filter: JSON.stringify(filter) };
    const asked = { method, path: this.#path, query, headers, body, key, signal };
    return (await this.#http.json<{ affected: number }>(asked)).affected;
  }
}

function tagOf(given: string | object): string {
  const tag = typeof given === "string" ? given : etags.get(given);
  if (tag) return tag;
  throw new TypeError("ifMatch takes an ETag, or a record as get or a write answered it.");
}

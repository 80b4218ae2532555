/** Requests to one project: credentials, retries that do nothing twice, problems as errors. */
import { BackendifyError, redirected, refusal } from "./errors.js";

export type Fetch = typeof globalThis.fetch;

export interface Asked {
  method: string;
  /** Behind the project: `/data/posts`. */
  path: string;
  query?: Record<string, string | undefined>;
  body?: unknown;
  headers?: Record<string, string | undefined>;
  signal?: AbortSignal | undefined;
  /** A write of records: sent with this key, or one of its own, it is done once however often it is
   * sent. */
  key?: string | boolean | undefined;
  /** Whether it may be sent again though it may have been done: reads, and what has a key. */
  repeatable?: boolean;
  /** Send no credentials. */
  bare?: boolean;
  /** The answer goes on, for whoever is signed in: no time is set for it. Whoever reads it asks
   * again, if at all. */
  streaming?: boolean;
}

/** A token and whose it is: `party` is one for all tokens of the same user. */
export interface Pass {
  token: string | null;
  party: string | null;
}

/** Who asks. `renew` is told the token that was refused, and answers another one or null. */
export interface Credentials {
  /** Of who asks when this is called. Rejects where that is somebody else by the time. */
  pass(): Promise<Pass>;
  /** Of who asks when this is answered. */
  latest(): Promise<Pass>;
  renew(refused: string): Promise<string | null>;
  /** Who asks just now. */
  party(): string | null;
  /** Hear that the party or its token may be another. Answers how to stop. */
  onChange(listener: () => void): () => void;
}

/** What is used of a response. `text` is the whole of it, but for a stream, which is its `body`. */
export interface Answer {
  ok: boolean;
  status: number;
  statusText: string;
  headers: Headers;
  text: string;
  body: ReadableStream<Uint8Array> | null;
}

export interface HttpOptions {
  base: string;
  fetch: Fetch;
  retries: number;
  timeout: number;
  headers: Record<string, string>;
}

const LONGEST_WAIT_MS = 30_000;
const FIRST_WAIT_MS = 250;
const NOBODY: Pass = { token: null, party: null };

export class Http {
  readonly #options: HttpOptions;
  credentials: Credentials | null = null;

  constructor(options: HttpOptions) {
    this.#options = options;
  }

  /** The answer's JSON, or undefined where it has none. Throws BackendifyError. */
  async json<T>(asked: Asked): Promise<T> {
    return (await this.answer<T>(asked)).body;
  }

  async answer<T>(asked: Asked): Promise<{ body: T; etag: string | null }> {
    const answer = await this.send(asked);
    const body = (answer.text === "" ? undefined : parsed(answer)) as T;
    return { body, etag: answer.headers.get("etag") };
  }

  url(path: string, query: Asked["query"] = {}): string {
    const given = Object.entries(query).filter(([, value]) => value !== undefined);
    const text = new URLSearchParams(given as [string, string][]).toString();
    return this.#options.base + path + (text && `?${text}`);
  }

  /** A successful answer, after as many attempts as it takes and is allowed. */
  async send(asked: Asked): Promise<Answer> {
    const pass = await this.#pass(asked);
    const headers = headersOf(asked, this.#options.headers, pass);
    let renewed = false;
    for (let attempt = 0; ; attempt++) {
      asked.signal?.throwIfAborted();
      const outcome = await this.#attempt(asked, headers);
      if ("ok" in outcome && outcome.ok) return outcome;
      const error = "ok" in outcome ? refusal(outcome) : outcome;
      if (error.status === 401 && !renewed) {
        renewed = true;
        await this.#renew(headers, pass, error);
        continue;
      }
      const wait = mayRepeat(asked, error) ? waitBefore(attempt, outcome) : null;
      if (attempt >= this.#options.retries || wait === null) throw error;
      await pause(wait, asked.signal);
    }
  }

  /** For what goes on as whoever is signed in. */
  async latest(): Promise<Pass> {
    return (await this.credentials?.latest()) ?? NOBODY;
  }

  get party(): string | null {
    return this.credentials?.party() ?? null;
  }

  async #pass({ bare, streaming }: Asked): Promise<Pass> {
    if (bare) return NOBODY;
    return streaming ? this.latest() : ((await this.credentials?.pass()) ?? NOBODY);
  }

  /** Put another token of the same party in place of the one that was refused. Throws where there
   * is none: what one user asked for is not done as another. */
  async #renew(headers: Headers, pass: Pass, error: BackendifyError): Promise<void> {
    if (pass.token === null || this.party !== pass.party) throw error;
    const other = await this.credentials?.renew(pass.token);
    if (!other || this.party !== pass.party) throw error;
    headers.set("authorization", `Bearer ${other}`);
  }

  async #attempt(asked: Asked, headers: Headers): Promise<Answer | BackendifyError> {
    const body = asked.body === undefined ? {} : { body: JSON.stringify(asked.body) };
    const ended = new AbortController();
    const abort = (): void => ended.abort(asked.signal?.reason);
    asked.signal?.addEventListener("abort", abort);
    const late = new BackendifyError({ code: "timeout", detail: "No answer came in time." });
    const timer = setTimeout(() => ended.abort(late), this.#options.timeout);
    try {
      const answer = await this.#options.fetch(this.url(asked.path, asked.query), {
        method: asked.method,
        headers,
        signal: ended.signal,
        redirect: "manual",
        ...body,
      });
      if (isRedirect(answer)) {
        void answer.body?.cancel();
        return redirected(answer.status);
      }
      const { ok, status, statusText, headers: told } = answer;
      const head = { ok, status, statusText, headers: told };
      if (asked.streaming && ok) return { ...head, text: "", body: answer.body };
      // What is still to come of the answer's body is waited for no longer than the answer was.
      return { ...head, text: await answer.text(), body: null };
    } catch (cause) {
      asked.signal?.throwIfAborted();
      if (ended.signal.aborted) return late;
      return new BackendifyError(
        { code: "network_error", detail: "The server could not be reached." },
        { cause },
      );
    } finally {
      clearTimeout(timer);
      // A stream is ended by the signal of whoever reads it, for as long as it goes on.
      if (!asked.streaming) asked.signal?.removeEventListener("abort", abort);
    }
  }
}

function parsed({ text, status }: Answer): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    // A page of a proxy, or of whatever else is served under that address.
    const detail = "The answer is no JSON: is Backendify at this address?";
    throw new BackendifyError({ status, code: "not_json", detail }, { cause });
  }
}

/** Where a redirect leads is not asked: what was sent is meant for this server alone. */
function isRedirect({ type, status }: Response): boolean {
  return type === "opaqueredirect" || [301, 302, 303, 307, 308].includes(status);
}

function headersOf(asked: Asked, always: Record<string, string>, { token }: Pass): Headers {
  const headers = new Headers(always);
  for (const [name, value] of Object.entries(asked.headers ?? {})) {
    if (value !== undefined) headers.set(name, value);
  }
  if (asked.body !== undefined) headers.set("content-type", "application/json");
  if (asked.key) headers.set("idempotency-key", asked.key === true ? randomId() : asked.key);
  if (token) headers.set("authorization", `Bearer ${token}`);
  return headers;
}

function mayRepeat(asked: Asked, error: BackendifyError): boolean {
  if (asked.streaming || error.code === "redirected") return false;
  if (error.status === 429 || error.status === 503) return true; // nothing was done
  const isSafe = asked.method === "GET" || asked.repeatable === true || !!asked.key;
  if (error.code === "idempotency_key_in_use") return true;
  return isSafe && [0, 502, 504].includes(error.status);
}

/** Milliseconds; null where the server asks for longer than anybody waits. */
function waitBefore(attempt: number, outcome: Answer | BackendifyError): number | null {
  const after = "ok" in outcome ? outcome.headers.get("retry-after") : null;
  if (after !== null) {
    const seconds = Number(after);
    const wait = Number.isNaN(seconds) ? Date.parse(after) - Date.now() : seconds * 1000;
    if (!Number.isNaN(wait)) return wait <= LONGEST_WAIT_MS ? Math.max(0, wait) : null;
  }
  return Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** attempt) * (0.5 + Math.random() / 2);
}

export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", abort);
      resolve();
    }, ms);
    signal?.addEventListener("abort", abort, { once: true });
  });
}

/** 128 random bits. Not `crypto.randomUUID`, which pages without https do not have. */
export function randomId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Server-sent events over fetch: how changes are told where there is no socket. */
import { connectionLost } from "../errors.js";
import type { Http } from "../http.js";

/** Something comes every 15 seconds; after this long without, the connection is dead. */
const SILENCE_MS = 40_000;
/** Characters of one event: more than the server ever sends. */
const MOST = 32 * 1024 * 1024;

/** An event; the first of a stream has no name, and says where it stands. */
export interface StreamMessage {
  id: string;
  event: string;
  data: string;
}

/** Read one connection to its end: it ends for whoever began it, too, when they are signed in no more. */
export async function readStream(
  http: Http,
  query: Record<string, string | undefined>,
  take: (message: StreamMessage) => void,
  over: AbortSignal,
): Promise<void> {
  const { party } = await http.latest();
  if (over.aborted) return;
  const ended = new AbortController();
  const { signal } = ended;
  const end = (): void => ended.abort();
  over.addEventListener("abort", end);
  const stop = http.credentials?.onChange(() => http.party !== party && end());
  let silence = setTimeout(end, SILENCE_MS);
  try {
    const headers = { accept: "text/event-stream" };
    const asked = { method: "GET", path: "/realtime", query, headers, signal, streaming: true };
    const answer = await http.send(asked);
    const reader = (answer.body as ReadableStream<Uint8Array>).getReader();
    // Not every `fetch` that is given heeds the signal to the end.
    signal.addEventListener("abort", () => void reader.cancel().catch(() => undefined));
    const parser = new Parser((message) => signal.aborted || take(message));
    const decoder = new TextDecoder();
    for (;;) {
      const { done, value } = await reader.read();
      if (done || signal.aborted) return;
      clearTimeout(silence);
      silence = setTimeout(end, SILENCE_MS);
      parser.push(decoder.decode(value, { stream: true }));
    }
  } finally {
    stop?.();
    clearTimeout(silence);
    over.removeEventListener("abort", end);
    end();
  }
}

/** Server-sent events from text in pieces of any size: each piece is looked at once. */
class Parser {
  readonly #take: (message: StreamMessage) => void;
  #id = "";
  #event = "";
  #data: string[] = [];
  #line: string[] = [];
  #size = 0;

  constructor(take: (message: StreamMessage) => void) {
    this.#take = take;
  }

  push(text: string): void {
    const [first = "", ...others] = text.split("\n");
    this.#add(first);
    for (const piece of others) {
      this.#endLine(this.#line.join(""));
      this.#line = [];
      this.#add(piece);
    }
  }

  #add(piece: string): void {
    this.#size += piece.length;
    if (this.#size > MOST) throw connectionLost();
    if (piece) this.#line.push(piece);
  }

  #endLine(line: string): void {
    if (line === "") return this.#endMessage();
    const colon = line.indexOf(":");
    const name = line.slice(0, colon);
    const value = line.slice(colon + 1).replace(/^ /, "");
    if (name === "id") this.#id = value;
    if (name === "event") this.#event = value;
    if (name === "data") this.#data.push(value);
  }

  #endMessage(): void {
    const message = { id: this.#id, event: this.#event, data: this.#data.join("\n") };
    this.#id = this.#event = "";
    this.#data = [];
    this.#size = 0;
    if (message.id) this.#take(message);
  }
}

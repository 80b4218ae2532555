/** Changes of a collection as they happen, resumed where they broke off: over the client's socket,
 * or, where that cannot be opened, over a stream. */
import { BackendifyError, connectionLost } from "../errors.js";
import type { Http } from "../http.js";
import type { Cancellable } from "../reads.js";
import type { RecordEvent } from "./events.js";
import { Lasting, type SubscriptionStatus, tell } from "./lasting.js";
import type { Guest, Message } from "./socket.js";
import type { Sockets } from "./sockets.js";
import { readStream, type StreamMessage } from "./stream.js";

export interface Handlers<T> {
  onEvent(event: RecordEvent<T>): void;
  /** Some events are lost: read your lists again. The events go on behind `seq`. */
  onResync?(seq: number): void;
  /** `open`: events arrive from now on. `connecting`: there was a break, which is being mended. */
  onStatus?(status: SubscriptionStatus): void;
  /** It cannot go on: the subscription is closed. Or, with the code `event_unreadable`, one event is
   * left out, as `onResync` is told too. */
  onError?(error: BackendifyError): void;
}

export interface SubscribeOptions<W> extends Cancellable {
  filter?: W;
  /** Go on behind this place in the log, rather than begin now. */
  since?: number;
}

export interface Subscription {
  /** The place in the log where it stands: `since` of a later subscription. */
  readonly position: number | undefined;
  /** Settles when events arrive for the first time: read your lists then. Rejects when they never
   * will. */
  readonly ready: Promise<void>;
  close(): void;
}

/** @internal */
export class RecordSubscription<T> extends Lasting implements Subscription {
  readonly #http: Http;
  readonly #sockets: Sockets;
  readonly #collection: string;
  readonly #filter: object | undefined;
  readonly #handlers: Handlers<T>;
  #position: number | undefined;
  /** The place of an event that could not be read. */
  #unreadable: number | undefined;

  constructor(
    http: Http,
    sockets: Sockets,
    collection: string,
    handlers: Handlers<T>,
    options: SubscribeOptions<object>,
  ) {
    super();
    this.#http = http;
    this.#sockets = sockets;
    this.#collection = collection;
    this.#filter = options.filter;
    this.#handlers = handlers;
    this.#position = options.since;
    this.begin(options.signal);
  }

  get position(): number | undefined {
    return this.#position;
  }

  protected override async connect(over: AbortSignal): Promise<void> {
    const isTried = this.#sockets.work;
    const socket = isTried && (await this.#sockets.get().catch(() => null));
    try {
      if (socket) return await socket.host(this.#guest, over);
    } catch (error) {
      // A socket takes so many: the others have streams of their own.
      if (!isFull(error)) throw error;
    }
    if (over.aborted) return;
    const query = {
      collection: this.#collection,
      filter: this.#filter && JSON.stringify(this.#filter),
      since: this.#position?.toString(),
    };
    const take = (message: StreamMessage): void => {
      if (isTried && !socket) this.#sockets.avoid();
      this.#take(message);
    };
    await readStream(this.#http, query, take, over);
  }

  protected override tellStatus(status: SubscriptionStatus): void {
    tell(this.#handlers.onStatus?.bind(this.#handlers), status);
  }

  protected override tellError(error: BackendifyError): void {
    tell(this.#handlers.onError?.bind(this.#handlers), error);
  }

  get #guest(): Guest {
    return {
      begin: () => ({
        type: "subscribe",
        collection: this.#collection,
        ...(this.#filter && { where: this.#filter }),
        ...(this.#position !== undefined && { since: this.#position }),
      }),
      end: { type: "unsubscribe" },
      hear: (message) => this.#hear(message),
    };
  }

  #hear({ type, seq, event, data }: Message): void {
    if (type === "ack") this.#begun(seq as number);
    else if (type === "resync") this.#resync(seq as number);
    else if (type === "event") this.#tell(event as string, seq as number, data as object);
  }

  #take({ id, event, data }: StreamMessage): void {
    const seq = Number(id);
    if (!Number.isSafeInteger(seq)) throw connectionLost();
    if (event === "") return this.#begun(seq);
    if (event === "resync") return this.#resync(seq);
    const told = objectIn(data);
    if (told) this.#tell(event, seq, told);
    else this.#leaveOut(seq);
  }

  /** It may have been spoilt on the way, once. */
  #leaveOut(seq: number): void {
    if (seq <= (this.#position ?? -1)) return; // told already
    if (seq !== this.#unreadable) {
      this.#unreadable = seq;
      throw connectionLost();
    }
    const detail = "An event could not be read, and is left out.";
    this.tellError(new BackendifyError({ code: "event_unreadable", detail, seq }));
    if (!this.isClosed) this.#resync(seq);
  }

  #begun(seq: number): void {
    this.#position ??= seq;
    this.opened();
  }

  #resync(seq: number): void {
    this.#position = seq;
    tell(this.#handlers.onResync?.bind(this.#handlers), seq);
  }

  #tell(type: string, seq: number, data: object): void {
    if (this.isClosed || seq <= (this.#position ?? -1)) return; // told already
    this.#position = seq;
    tell(this.#handlers.onEvent.bind(this.#handlers), { type, ...data } as RecordEvent<T>);
  }
}

function objectIn(text: string): object | null {
  try {
    const found: unknown = JSON.parse(text);
    return typeof found === "object" ? found : null;
  } catch {
    return null;
  }
}

function isFull(error: unknown): boolean {
  return error instanceof BackendifyError && error.code === "realtime_too_many_subscriptions";
}

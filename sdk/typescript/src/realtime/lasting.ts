/** What goes on until it is closed: connected again after each break. */
import { BackendifyError } from "../errors.js";
import { pause } from "../http.js";

export type SubscriptionStatus = "connecting" | "open" | "closed";

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 15_000;
/** What was open for so long was no failure: the next attempt is the first again. */
const STEADY_MS = 10_000;

export abstract class Lasting {
  readonly #ended = new AbortController();
  #opened!: () => void;
  #refused!: (error: unknown) => void;
  #failures = 0;
  #brief = 0;
  #openedAt = Infinity;
  /** Settles when it is open for the first time. Rejects when it never will be. */
  readonly ready: Promise<void>;

  constructor() {
    this.ready = new Promise((resolve, reject) => {
      this.#opened = resolve;
      this.#refused = reject;
    });
    this.ready.catch(() => undefined); // whoever does not wait hears of it by onError
  }

  close(): void {
    this.#ended.abort(new DOMException("It was closed.", "AbortError"));
  }

  /** One connection, until its end: rejects with what ended it. */
  protected abstract connect(over: AbortSignal): Promise<void>;
  protected abstract tellStatus(status: SubscriptionStatus): void;
  protected abstract tellError(error: BackendifyError): void;

  /** The last step of a constructor. */
  protected begin(signal: AbortSignal | undefined): void {
    if (signal?.aborted) this.close();
    signal?.addEventListener("abort", () => this.close(), { signal: this.#ended.signal });
    void this.#run();
  }

  protected get isClosed(): boolean {
    return this.#ended.signal.aborted;
  }

  protected opened(): void {
    this.#openedAt = Date.now();
    this.#opened();
    this.tellStatus("open");
  }

  async #run(): Promise<void> {
    const { signal } = this.#ended;
    while (!signal.aborted) {
      this.tellStatus("connecting");
      this.#openedAt = Infinity;
      const failed = await this.connect(signal).catch((error: unknown) => error);
      if (signal.aborted) break;
      if (isFinal(failed)) {
        this.#refused(failed);
        this.tellError(failed);
        this.close();
        break;
      }
      await untilOnline(this.#wait(), signal);
    }
    this.#refused(signal.reason);
    this.tellStatus("closed");
  }

  /** Longer after each attempt that failed, and after each that broke soon after it was open. */
  #wait(): number {
    if (this.#openedAt !== Infinity) {
      const isSteady = Date.now() - this.#openedAt >= STEADY_MS;
      this.#failures = isSteady ? (this.#brief = 0) : this.#brief++;
    }
    const wait = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** this.#failures++);
    return wait * (0.5 + Math.random() / 2);
  }
}

/** An error of the application's own handler is uncaught there, and holds nothing up here. */
export function tell<A extends unknown[]>(
  handler: ((...told: A) => void) | undefined,
  ...told: A
): void {
  try {
    handler?.(...told);
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}

/** Asking again would be answered alike. */
function isFinal(error: unknown): error is BackendifyError {
  if (!(error instanceof BackendifyError)) return false;
  if (error.code === "redirected") return true;
  return error.status >= 400 && error.status < 500 && ![408, 425, 429].includes(error.status);
}

/** Wait, but no longer than until the browser says that it is online again. */
async function untilOnline(ms: number, signal: AbortSignal): Promise<void> {
  const woken = new AbortController();
  const wake = (): void => woken.abort();
  globalThis.addEventListener?.("online", wake);
  signal.addEventListener("abort", wake);
  await pause(ms, woken.signal).catch(() => undefined);
  globalThis.removeEventListener?.("online", wake);
  signal.removeEventListener("abort", wake);
}

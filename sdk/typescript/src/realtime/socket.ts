/** A WebSocket and who sits on it, each under an id of their own. */
import { BackendifyError, connectionLost, type Problem } from "../errors.js";
import type { Http, Pass } from "../http.js";
import type { SocketLike } from "./sockets.js";

/** A message of the protocol: see docs/guides/realtime.md. */
export interface Message {
  type: string;
  id?: string;
  [member: string]: unknown;
}

/** What sits on a socket, under an id of its own. */
export interface Guest {
  begin(): Message;
  end: Message;
  hear(message: Message, socket: Socket): void;
}

const BEAT_MS = 10_000;
const SILENCE_MS = 30_000;
/** The socket stays for so long without a guest: perhaps another page begins just now. */
const REST_MS = 1_000;
/** The server ends a socket that says more than twice as much in a second. */
const MOST_PER_SECOND = 24;
const NOT_KNOWN = 4401;
const NOT_ALLOWED = 4403;

interface Seat {
  guest: Guest;
  isHeld: boolean;
  leave(error: BackendifyError): void;
}

export class Socket {
  readonly #http: Http;
  readonly #socket: SocketLike;
  readonly #party: string | null;
  readonly #closed: () => void;
  readonly #seats = new Map<string, Seat>();
  readonly #beating = setInterval(() => this.#beat(), BEAT_MS);
  #token: string | null;
  #count = 0;
  #heard = Date.now();
  #refusal: Problem | null = null;
  #waiting: string[] = [];
  #room = MOST_PER_SECOND;
  #isOver = false;

  constructor(http: Http, socket: SocketLike, pass: Pass, closed: () => void) {
    this.#http = http;
    this.#socket = socket;
    this.#token = pass.token;
    this.#party = pass.party;
    this.#closed = closed;
    socket.onmessage = ({ data }) => this.#receive(data);
    socket.onclose = ({ code, reason }) => void this.#end(code as number, reason as string);
    socket.onerror = () => undefined; // its close comes next
    this.#authenticate();
  }

  /** Seat a guest until `over`, or rejects with what ended it. */
  host(guest: Guest, over: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const id = String(++this.#count);
      const rise = (): void => {
        if (this.#seats.delete(id) && !this.#isOver) this.say({ ...guest.end, id });
        this.#rest();
        resolve();
      };
      const leave = (error: BackendifyError): void => {
        this.#seats.delete(id);
        over.removeEventListener("abort", rise);
        reject(error);
      };
      this.#seats.set(id, { guest, isHeld: false, leave });
      if (this.#isOver) return leave(connectionLost());
      if (over.aborted) return rise();
      over.addEventListener("abort", rise, { once: true });
      this.say({ ...guest.begin(), id });
    });
  }

  /** Send a message, in its turn: the server takes so many in a second. */
  say(message: Message): void {
    this.#waiting.push(JSON.stringify(message));
    this.#flush();
  }

  /** Whether what is said now is heard now. */
  get isFree(): boolean {
    return !this.#isOver && this.#waiting.length === 0;
  }

  /** Go on as who is signed in now: with another token, or not at all. */
  async check(): Promise<void> {
    if (this.#http.party !== this.#party) return this.#drop();
    const { token, party } = await this.#http.latest();
    if (party !== this.#party) return this.#drop();
    if (token === this.#token) return;
    this.#token = token;
    this.#authenticate();
  }

  #authenticate(): void {
    this.say({ type: "auth", ...(this.#token && { token: this.#token }) });
  }

  /** What is no message of the protocol comes from something else on the way: the line is broken. */
  #receive(data: unknown): void {
    try {
      if (typeof data !== "string") return this.#drop();
      this.#hear(JSON.parse(data) as Message);
    } catch {
      this.#drop();
    }
  }

  #hear(message: Message): void {
    this.#heard = Date.now();
    const seat = this.#seats.get(message.id ?? "");
    if (message.type !== "error") {
      if (seat && message.type === "ack") seat.isHeld = true;
      return seat?.guest.hear(message, this);
    }
    const problem = message as Problem;
    if (message.id === undefined) this.#refusal = problem;
    else if (seat?.isHeld && !message["ended"]) seat.guest.hear(message, this);
    else seat?.leave(new BackendifyError(problem));
  }

  #flush(): void {
    while (this.#waiting.length > 0 && this.#room > 0 && !this.#isOver) {
      if (this.#room-- === MOST_PER_SECOND) {
        setTimeout(() => {
          this.#room = MOST_PER_SECOND;
          this.#flush();
        }, 1_000);
      }
      this.#socket.send(this.#waiting.shift() as string);
    }
  }

  #beat(): void {
    const silence = Date.now() - this.#heard;
    if (silence > SILENCE_MS) return this.#drop();
    if (silence >= BEAT_MS) this.say({ type: "ping" });
    void this.check().catch(() => undefined); // the network's fault shows soon enough
  }

  #rest(): void {
    if (this.#seats.size > 0) return;
    setTimeout(() => this.#seats.size === 0 && this.#drop(), REST_MS);
  }

  #drop(): void {
    this.#socket.onmessage = this.#socket.onclose = null;
    this.#socket.close();
    void this.#end(1000, "");
  }

  async #end(code: number, reason: string): Promise<void> {
    if (this.#isOver) return;
    this.#isOver = true;
    clearInterval(this.#beating);
    this.#closed();
    const error = await this.#reasonOf(code, reason);
    for (const seat of [...this.#seats.values()]) seat.leave(error);
  }

  /** What is final is so after another token was asked for alone. */
  async #reasonOf(code: number, reason: string): Promise<BackendifyError> {
    const status = code === NOT_KNOWN ? 401 : 403;
    const detail = "The server closed the socket.";
    const refused = new BackendifyError({ status, code: reason, detail, ...this.#refusal });
    if (code === NOT_ALLOWED) return refused;
    if (code !== NOT_KNOWN) return connectionLost();
    const renewing = this.#token && this.#http.credentials?.renew(this.#token);
    const other = await Promise.resolve(renewing).catch(() => "unknown");
    return other ? connectionLost() : refused;
  }
}

/** The one WebSocket of a client, opened when somebody needs it. */
import { connectionLost } from "../errors.js";
import type { Http } from "../http.js";
import { Socket } from "./socket.js";

/** What is used of a WebSocket: the browser's, Node's, or that of the package `ws`. */
export interface SocketLike {
  onopen: ((event: any) => void) | null;
  onmessage: ((event: any) => void) | null;
  onclose: ((event: any) => void) | null;
  onerror: ((event: any) => void) | null;
  send(text: string): void;
  close(): void;
}
export type SocketClass = new (url: string) => SocketLike;

const OPEN_MS = 10_000;
const AVOIDED_MS = 600_000;

export class Sockets {
  readonly #http: Http;
  readonly #make: SocketClass | false | undefined;
  #current: Promise<Socket> | null = null;
  #avoidedUntil = 0;

  constructor(http: Http, make: SocketClass | false | undefined) {
    this.#http = http;
    this.#make = make;
  }

  /** Whether there is a class to open one with. */
  get exist(): boolean {
    return !!this.#make;
  }

  /** Whether it is worth trying to open one, where a stream would do. */
  get work(): boolean {
    return this.exist && Date.now() >= this.#avoidedUntil;
  }

  /** A socket could not be opened where a stream could: something on the way does not let it. */
  avoid(): void {
    this.#avoidedUntil = Date.now() + AVOIDED_MS;
  }

  /** The socket, opened where there is none. Rejects where that fails. */
  get(): Promise<Socket> {
    const forget = (): void => {
      if (this.#current === opening) this.#current = null;
    };
    const opening = (this.#current ??= this.#open(() => forget()));
    opening.catch(forget);
    return opening;
  }

  /** Somebody signed in or out, or has a new token. */
  check(): void {
    void this.#current?.then((socket) => socket.check()).catch(() => undefined);
  }

  async #open(closed: () => void): Promise<Socket> {
    const pass = await this.#http.latest();
    const url = this.#http.url("/realtime/ws").replace(/^http/, "ws");
    const opened = await openSocket(this.#make as SocketClass, url);
    return new Socket(this.#http, opened, pass, closed);
  }
}

function openSocket(make: SocketClass, url: string): Promise<SocketLike> {
  return new Promise((resolve, reject) => {
    const socket = new make(url);
    const late = setTimeout(() => fail(), OPEN_MS);
    const fail = (): void => {
      clearTimeout(late);
      socket.onopen = socket.onclose = null;
      socket.onerror = () => undefined; // closing before it is open is one more
      socket.close();
      reject(connectionLost());
    };
    socket.onerror = socket.onclose = fail;
    socket.onopen = () => {
      clearTimeout(late);
      socket.onerror = socket.onclose = null;
      resolve(socket);
    };
  });
}

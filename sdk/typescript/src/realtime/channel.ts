/** A channel: what one member says, the others hear at once; and who is there. */
import { BackendifyError, type Problem } from "../errors.js";
import type { Cancellable } from "../reads.js";
import { Lasting, type SubscriptionStatus, tell } from "./lasting.js";
import type { Guest, Message, Socket } from "./socket.js";
import type { Sockets } from "./sockets.js";

/** Who somebody is, as the server knows it. */
export interface Party {
  type: "app_user" | "api_key" | "admin_user" | "anonymous";
  id: string | null;
}

/** Somebody present: once for each of their tabs (`ref`). `presence` is what they say of themselves. */
export interface Member<P = object> {
  ref: string;
  by: Party;
  presence: P;
  since: string;
}

export interface ChannelOptions<P> extends Cancellable {
  /** Be present, shown as this. Without it you listen unseen. */
  presence?: P;
  onStatus?(status: SubscriptionStatus): void;
  /** Something was refused: joining (the channel is closed then), a broadcast, or a presence. */
  onError?(error: BackendifyError): void;
}

export type EventsOf<E> = { [event in keyof E]: unknown };
type Listener = (payload: any, from: Party) => void;
type PresenceListener<P> = (
  members: Member<P>[],
  change: { joined: Member<P>[]; left: Member<P>[] },
) => void;

export class Channel<E extends EventsOf<E>, P extends object> extends Lasting {
  readonly #sockets: Sockets;
  readonly #options: ChannelOptions<P>;
  readonly #listeners = new Map<string, Set<Listener>>();
  readonly #watching = new Set<PresenceListener<P>>();
  #present = new Map<string, Member<P>>();
  #presence: P | null;
  #shown: P | null = null;
  #seat: { socket: Socket; id: string } | null = null;
  readonly topic: string;

  /** @internal */
  constructor(sockets: Sockets, topic: string, options: ChannelOptions<P>) {
    super();
    this.#sockets = sockets;
    this.#options = options;
    this.#presence = options.presence ?? null;
    this.topic = topic;
    this.begin(options.signal);
  }

  /** Who is present now. */
  get members(): Member<P>[] {
    return [...this.#present.values()];
  }

  /** Hear what others say under a name. Answers how to stop. */
  on<N extends keyof E & string>(
    event: N,
    listener: (payload: E[N], from: Party) => void,
  ): () => void {
    const listeners = this.#listeners.get(event) ?? new Set();
    this.#listeners.set(event, listeners.add(listener));
    return () => void listeners.delete(listener);
  }

  /** Hear who comes, changes and leaves. Answers how to stop. */
  onPresence(listener: PresenceListener<P>): () => void {
    this.#watching.add(listener);
    return () => void this.#watching.delete(listener);
  }

  /** Tell all others who are here now: nothing is kept. False: it was not sent, because the channel
   * is not open, or because more is being said than the server takes. */
  broadcast<N extends keyof E & string>(event: N, payload: E[N]): boolean {
    if (this.isClosed || !this.#seat?.socket.isFree) return false;
    this.#say({ type: "broadcast", event, payload });
    return true;
  }

  /** Be present, or be shown otherwise; `null`: be present no more. */
  setPresence(presence: P | null): void {
    this.#presence = presence;
    if (this.#seat) this.#show();
  }

  /** Leave the channel. */
  override close(): void {
    super.close();
  }

  protected override async connect(over: AbortSignal): Promise<void> {
    if (!this.#sockets.exist) {
      const detail = "Channels need a WebSocket: give createClient one as `WebSocket`.";
      throw new BackendifyError({ status: 400, code: "websocket_required", detail });
    }
    const socket = await this.#sockets.get();
    const guest: Guest = {
      begin: () => this.#join(),
      end: { type: "leave" },
      hear: (message, on) => this.#hear(message, on),
    };
    try {
      await socket.host(guest, over);
    } finally {
      this.#seat = null;
    }
  }

  protected override tellStatus(status: SubscriptionStatus): void {
    if (status === "closed") this.#replace([]);
    tell(this.#options.onStatus?.bind(this.#options), status);
  }

  protected override tellError(error: BackendifyError): void {
    tell(this.#options.onError?.bind(this.#options), error);
  }

  #join(): Message {
    const presence = this.#presence;
    this.#shown = presence;
    return { type: "join", channel: this.topic, ...(presence && { presence }) };
  }

  #say(message: Message): void {
    const { socket, id } = this.#seat ?? {};
    socket?.say({ ...message, id: id as string });
  }

  #hear(message: Message, socket: Socket): void {
    if (this.isClosed) return;
    if (message.type === "ack") {
      this.#seat = { socket, id: message.id as string };
      this.#replace(message["present"] as Member<P>[]);
      if (this.#presence !== this.#shown) this.#show(); // it changed while this was asked for
      this.opened();
    } else if (message.type === "presence") {
      this.#change(message["joined"] as Member<P>[], message["left"] as Member<P>[]);
    } else if (message.type === "broadcast") {
      const listeners = this.#listeners.get(message["event"] as string) ?? [];
      for (const each of [...listeners]) tell(each, message["payload"], message["from"] as Party);
    } else if (message.type === "error") {
      this.tellError(new BackendifyError(message as Problem));
    }
  }

  #show(): void {
    this.#shown = this.#presence;
    this.#say({ type: "presence", presence: this.#presence });
  }

  /** These are present, and nobody else: whoever is new came, whoever is missing left. */
  #replace(present: Member<P>[]): void {
    const refs = new Set(present.map(({ ref }) => ref));
    const joined = present.filter(({ ref }) => !this.#present.has(ref));
    const left = this.members.filter(({ ref }) => !refs.has(ref));
    this.#change([...joined], left);
    this.#present = new Map(present.map((member) => [member.ref, member]));
  }

  #change(joined: Member<P>[], left: Member<P>[]): void {
    if (joined.length + left.length === 0) return;
    for (const { ref } of left) this.#present.delete(ref);
    for (const member of joined) this.#present.set(member.ref, member);
    for (const each of [...this.#watching]) tell(each, this.members, { joined, left });
  }
}

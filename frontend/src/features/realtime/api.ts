/** A socket of the realtime route, for as long as somebody looks. */
import type { Told } from "@/features/realtime/messages";
import { accessToken } from "@/lib/session";

export type Who = { kind: "me" } | { kind: "anonymous" } | { kind: "token"; token: string };

export type Ears = {
  onOpen: () => void;
  onTold: (told: Told) => void;
  onRoundTrip: (ms: number) => void;
  onClose: (code: number, reason: string) => void;
};

export type Line = { send: (message: Told) => void; close: () => void };

const PING_MS = 5_000;

/** Opens a socket and says who is there; what is sent before it is open waits. */
export function openSocket(project: string, who: Who, ears: Ears): Line {
  const scheme = window.location.protocol === "https:" ? "wss" : "ws";
  const url = `${scheme}://${window.location.host}/api/projects/${project}/realtime/ws`;
  const socket = new WebSocket(url);
  const waiting: Told[] = [];
  let isReady = false;
  let pingedAt = 0;
  let token: string | null = null;

  function send(message: Told) {
    if (!isReady) waiting.push(message);
    else if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
  }

  /** Again with a newer token, before the one before runs out. */
  async function authenticate() {
    const current = await tokenOf(who);
    if (isReady && current === token) return;
    token = current;
    const message = { type: "auth", ...(current !== null && { token: current }) };
    if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
  }

  function ping() {
    pingedAt = performance.now();
    send({ type: "ping" });
    if (who.kind === "me") void authenticate();
  }

  async function begin() {
    await authenticate();
    isReady = true;
    for (const message of waiting.splice(0)) send(message);
    ping();
    ears.onOpen();
  }

  const timer = setInterval(ping, PING_MS);
  socket.addEventListener("open", () => void begin());
  socket.addEventListener("message", ({ data }: MessageEvent<string>) => {
    const told = JSON.parse(data) as Told;
    if (told.type === "pong") ears.onRoundTrip(Math.round(performance.now() - pingedAt));
    else ears.onTold(told);
  });
  socket.addEventListener("close", ({ code, reason }) => {
    clearInterval(timer);
    ears.onClose(code, reason);
  });

  return {
    send,
    close: () => {
      clearInterval(timer);
      socket.close();
    },
  };
}

async function tokenOf(who: Who): Promise<string | null> {
  if (who.kind === "me") return accessToken();
  return who.kind === "token" ? who.token : null;
}

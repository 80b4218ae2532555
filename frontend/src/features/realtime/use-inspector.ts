import { useCallback, useEffect, useReducer, useRef } from "react";

import { type Line as Socket, openSocket, type Who } from "@/features/realtime/api";
import {
  type Line,
  lineOf,
  type Member,
  MOST_LINES,
  presentAfter,
  type Told,
} from "@/features/realtime/messages";

export type Inspected = {
  state: "opening" | "open" | "closed";
  end: { code: number; reason: string } | null;
  lines: readonly Line[];
  present: readonly Member[];
  position: number | null;
  roundTrip: number | null;
};

type News =
  | { type: "begin" | "opened" | "clear" | "left" }
  | { type: "told"; told: Told; at: number }
  | { type: "round-trip"; ms: number }
  | { type: "ended"; code: number; reason: string };

const NOTHING: Inspected = {
  state: "opening",
  end: null,
  lines: [],
  present: [],
  position: null,
  roundTrip: null,
};

function after(now: Inspected, news: News): Inspected {
  switch (news.type) {
    case "begin":
      return { ...NOTHING, lines: now.lines };
    case "opened":
      return { ...now, state: "open" };
    case "clear":
      return { ...now, lines: [] };
    case "left":
      return { ...now, present: [] };
    case "round-trip":
      return { ...now, roundTrip: news.ms };
    case "ended":
      return {
        ...now,
        state: "closed",
        present: [],
        end: { code: news.code, reason: news.reason },
      };
    case "told":
      return afterTold(now, news.told, news.at);
  }
}

function afterTold(now: Inspected, told: Told, at: number): Inspected {
  const line = lineOf(told, (now.lines[0]?.number ?? 0) + 1, at);
  return {
    ...now,
    present: presentAfter(now.present, told),
    position: typeof told.seq === "number" ? told.seq : now.position,
    lines: line ? [line, ...now.lines].slice(0, MOST_LINES) : now.lines,
  };
}

const SUBSCRIPTION = "inspector";
const CHANNEL = "channel";

export type Asked = {
  collection: string | undefined;
  where: Record<string, unknown> | undefined;
  channel: string | undefined;
  presence: unknown;
};

/** One socket with one subscription and, where one is named, one channel. */
export function useInspector(project: string, who: Who, asked: Asked) {
  const [inspected, dispatch] = useReducer(after, NOTHING);
  const [attempt, again] = useReducer((count: number) => count + 1, 0);
  const socket = useRef<Socket | null>(null);
  const whoKey = JSON.stringify(who);
  const askedKey = JSON.stringify([asked.collection, asked.where]);
  const channelKey = JSON.stringify([asked.channel, asked.presence]);

  useEffect(() => {
    let isOver = false;
    dispatch({ type: "begin" });
    const opened = openSocket(project, JSON.parse(whoKey) as Who, {
      onOpen: () => !isOver && dispatch({ type: "opened" }),
      onTold: (told) => !isOver && dispatch({ type: "told", told, at: Date.now() }),
      onRoundTrip: (ms) => !isOver && dispatch({ type: "round-trip", ms }),
      onClose: (code, reason) => !isOver && dispatch({ type: "ended", code, reason }),
    });
    socket.current = opened;
    return () => {
      isOver = true;
      opened.close();
    };
  }, [project, whoKey, attempt]);

  useEffect(() => {
    const [collection, where] = JSON.parse(askedKey) as [string | null, unknown];
    const line = socket.current;
    line?.send({
      type: "subscribe",
      id: SUBSCRIPTION,
      ...(collection && { collection }),
      ...(where ? { where } : {}),
    });
    return () => line?.send({ type: "unsubscribe", id: SUBSCRIPTION });
  }, [project, whoKey, attempt, askedKey]);

  useEffect(() => {
    const [channel, presence] = JSON.parse(channelKey) as [string | null, unknown];
    const line = socket.current;
    if (!channel) return;
    line?.send({ type: "join", id: CHANNEL, channel, ...(presence ? { presence } : {}) });
    return () => {
      line?.send({ type: "leave", id: CHANNEL });
      dispatch({ type: "left" });
    };
  }, [project, whoKey, attempt, channelKey]);

  const broadcast = useCallback((event: string, payload: unknown) => {
    const told = { type: "broadcast", id: CHANNEL, event, payload };
    socket.current?.send(told);
    // The server tells it to the others alone.
    dispatch({ type: "told", told, at: Date.now() });
  }, []);

  return { ...inspected, broadcast, again, clear: () => dispatch({ type: "clear" }) };
}

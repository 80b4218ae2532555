/** Server-sent events with credentials, which a browser's own EventSource cannot send. */
import { stream } from "@/lib/api";
import { Problem } from "@/lib/problem";

export type LiveEvent = { id: string; type: string; data: string };

const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 30_000;

/** Listen until `signal` says stop; comes back by itself, where it was. */
export async function listen(
  path: string,
  onEvent: (event: LiveEvent) => void,
  signal: AbortSignal,
): Promise<void> {
  const place = { last: "", wait: FIRST_WAIT_MS };
  while (!signal.aborted) {
    try {
      await follow(path, place, onEvent, signal);
    } catch (error) {
      // What is refused now is refused later, too.
      if (error instanceof Problem && error.status >= 400 && error.status < 500) return;
    }
    await pause(place.wait, signal);
    place.wait = Math.min(place.wait * 2, LONGEST_WAIT_MS);
  }
}

async function follow(
  path: string,
  place: { last: string; wait: number },
  onEvent: (event: LiveEvent) => void,
  signal: AbortSignal,
): Promise<void> {
  const headers: Record<string, string> = { Accept: "text/event-stream" };
  if (place.last) headers["Last-Event-ID"] = place.last;
  for await (const event of eventsOf(await stream(path, headers, signal))) {
    place.wait = FIRST_WAIT_MS;
    place.last = event.id || place.last;
    if (event.data) onEvent(event);
  }
}

async function* eventsOf(body: ReadableStream<Uint8Array>): AsyncGenerator<LiveEvent> {
  const reader = body.pipeThrough(new TextDecoderStream() as never).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = (await reader.read()) as { done: boolean; value?: string };
    if (done) return;
    const blocks = (rest + value).split("\n\n");
    rest = blocks.pop() ?? "";
    for (const block of blocks) yield parseEvent(block);
  }
}

export function parseEvent(block: string): LiveEvent {
  const event = { id: "", type: "message", data: "" };
  for (const line of block.split("\n")) {
    const colon = line.indexOf(":");
    const value = line.slice(colon + 1).replace(/^ /, "");
    const name = line.slice(0, colon);
    if (name === "id") event.id = value;
    if (name === "event") event.type = value;
    if (name === "data") event.data += event.data ? `\n${value}` : value;
  }
  return event;
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

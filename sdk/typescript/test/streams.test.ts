/** Streams that break, end with their user, or bring what nobody can read. */
import { describe, expect, it, vi } from "vitest";

import { createClient } from "../src/index.js";
import { sessionOf } from "./scripted.js";

/** A server of streams: what is written to each, and who asked for it. */
function streams() {
  const opened: { by: string | null; write(text: string): void }[] = [];
  const fetch: typeof globalThis.fetch = async (_, init) => {
    const by = new Headers(init?.headers).get("authorization");
    const body = new ReadableStream<Uint8Array>({
      start: (control) => {
        const write = (text: string): void => {
          // What is cancelled takes no more.
          if (!init?.signal?.aborted) control.enqueue(new TextEncoder().encode(text));
        };
        opened.push({ by, write });
        write("id: 1\n\n");
      },
    });
    return new Response(body);
  };
  const client = createClient({ url: "http://x", project: "p", fetch, WebSocket: false });
  return { client, opened };
}

const event = (seq: number, name: string): string =>
  `id: ${seq}\nevent: record.created\ndata: {"seq":${seq},\ndata: "record":{"name":"${name}"}}\n\n`;

describe("a stream", () => {
  it.each([
    ["another user", sessionOf("bob"), "Bearer access-bob"],
    ["nobody", null, null],
  ])("ends at once when %s is signed in, and another begins", async (_, next, by) => {
    const { client, opened } = streams();
    await client.auth.setSession(sessionOf("ann"));
    const heard: unknown[] = [];
    const subscription = client
      .collection("posts")
      .subscribe((each) => heard.push((each.record as { name: string }).name));
    await subscription.ready;
    opened[0]!.write(event(2, "one"));
    await vi.waitUntil(() => heard.length === 1);
    opened[0]!.write(event(3, "two")); // under way
    await client.auth.setSession(next);
    opened[0]!.write(event(4, "three"));
    await vi.waitUntil(() => opened.length === 2, 5_000);
    opened[1]!.write(event(5, "four"));
    await vi.waitUntil(() => heard.includes("four"));
    expect(opened.map((each) => each.by)).toEqual(["Bearer access-ann", by]);
    expect(heard).not.toContain("three");
    subscription.close();
  });

  it("goes on when the same user has another token", async () => {
    const { client, opened } = streams();
    await client.auth.setSession(sessionOf("ann"));
    const heard: number[] = [];
    const subscription = client.collection("posts").subscribe((each) => heard.push(each.seq));
    await subscription.ready;
    await client.auth.setSession({ ...sessionOf("ann"), access_token: "another" });
    opened[0]!.write(event(2, "one"));
    await vi.waitUntil(() => heard.length === 1);
    expect(opened).toHaveLength(1);
    subscription.close();
  });

  it("is read in pieces of any size", async () => {
    const { client, opened } = streams();
    const heard: unknown[] = [];
    const subscription = client.collection("posts").subscribe((each) => heard.push(each.record));
    await subscription.ready;
    const text = `: beat\n\n${event(2, "one")}${event(3, "two")}`;
    for (const letter of text) opened[0]!.write(letter);
    opened[0]!.write(event(4, "three") + event(5, "four"));
    await vi.waitUntil(() => heard.length === 4);
    expect(heard).toEqual(["one", "two", "three", "four"].map((name) => ({ name })));
    subscription.close();
  });

  it("takes a long event in time that grows with its length alone", async () => {
    const { client, opened } = streams();
    const heard: unknown[] = [];
    const subscription = client.collection("posts").subscribe((each) => heard.push(each.record));
    await subscription.ready;
    opened[0]!.write('id: 2\nevent: record.created\ndata: {"seq":2,"record":"');
    const begun = performance.now();
    for (let n = 0; n < 16_384; n++) opened[0]!.write("x".repeat(1024));
    opened[0]!.write('"}\n\n');
    await vi.waitUntil(() => heard.length === 1, 20_000);
    expect(performance.now() - begun).toBeLessThan(5_000);
    subscription.close();
  });

  it.each(["{nope", "null", "5", '"x"', ""])(
    "brings an event that nobody can read (%j) once more, and goes on behind it",
    async (data) => {
      const { client, opened } = streams();
      const told: unknown[] = [];
      const subscription = client.collection("posts").subscribe({
        onEvent: ({ seq }) => told.push(seq),
        onResync: (seq) => told.push(`resync ${seq}`),
        onError: ({ code }) => told.push(code),
      });
      await subscription.ready;
      const broken = `id: 3\nevent: record.created\ndata: ${data}\n\n`;
      opened[0]!.write(event(2, "one") + broken + event(4, "three"));
      await vi.waitUntil(() => opened.length === 2, 5_000);
      expect(told).toEqual([2]);
      opened[1]!.write(broken + event(4, "three"));
      await vi.waitUntil(() => told.length === 4);
      expect(told).toEqual([2, "event_unreadable", "resync 3", 4]);
      expect([opened.length, subscription.position]).toEqual([2, 4]);
      subscription.close();
    },
  );

  it("that was spoilt on the way is read when it comes again", async () => {
    const { client, opened } = streams();
    const told: unknown[] = [];
    const subscription = client.collection("posts").subscribe({
      onEvent: ({ seq }) => told.push(seq),
      onError: ({ code }) => told.push(code),
    });
    await subscription.ready;
    opened[0]!.write(event(2, 'on"e'));
    await vi.waitUntil(() => opened.length === 2, 5_000);
    opened[1]!.write(event(2, "one"));
    await vi.waitUntil(() => told.length === 1);
    expect(told).toEqual([2]);
    subscription.close();
  });

  it("that breaks as often as it is opened is asked for less and less", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] });
    const { client, opened } = streams();
    const { push } = opened;
    opened.push = (each) => {
      setTimeout(() => each.write("id: none\nevent: record.created\ndata: {}\n\n"), 50);
      return push.call(opened, each);
    };
    const subscription = client.collection("posts").subscribe(() => undefined);
    await vi.advanceTimersByTimeAsync(120_000);
    expect(opened.length).toBeGreaterThan(8);
    expect(opened.length).toBeLessThan(24);
    subscription.close();
    vi.useRealTimers();
  });

  it("that never comes to the end of an event is broken", async () => {
    const { client, opened } = streams();
    const subscription = client.collection("posts").subscribe(() => undefined);
    await subscription.ready;
    for (let n = 0; n < 33; n++) opened[0]!.write("x".repeat(1024 * 1024));
    await vi.waitUntil(() => opened.length === 2, 5_000);
    subscription.close();
  });
});

/** A server that is killed in the middle of everything, and comes back. */
import { afterAll, beforeAll, expect, it } from "vitest";

import { createClient, type RecordEvent } from "../src/index.js";
import { owner, type Server, startServer } from "./server.js";

let server: Server;
let key: string;

beforeAll(async () => {
  server = await startServer();
  const { call } = await owner(server.url);
  await call("POST", "/api/projects", { name: "Log", slug: "log" });
  const lines = { name: "lines", fields: [{ name: "text", type: "string", unique: true }] };
  await call("POST", "/api/projects/log/collections", lines);
  const scopes = ["*:*"];
  ({ key } = await call<{ key: string }>("POST", "/api/projects/log/api-keys", {
    name: "x",
    scopes,
  }));
}, 120_000);
afterAll(() => server?.stop());

it("nothing that was answered is lost, nothing is done or told twice", async () => {
  const options = { url: server.url, project: "log", key, timeout: 5_000 };
  const heard: Record<string, RecordEvent<{ text: string }>[]> = { socket: [], stream: [] };
  const listening = Object.entries(heard).map(([way, events]) =>
    createClient({ ...options, ...(way === "stream" && { WebSocket: false as const }) })
      .collection("lines")
      .subscribe((event) => events.push(event as RecordEvent<{ text: string }>)),
  );
  await Promise.all(listening.map(({ ready }) => ready));

  let isOver = false;
  const written: string[] = [];
  const write = async (writer: number): Promise<void> => {
    const lines = createClient(options).collection("lines");
    for (let n = 0; !isOver; n++) {
      const text = `${writer}:${n}`;
      for (let sent = false; !sent;) {
        // Somebody who sends it again until it is answered, as a queue does.
        const { id } = await lines
          .create({ text }, { idempotencyKey: `key-${text}` })
          .catch(() => ({ id: "" }));
        sent = id !== "";
      }
      written.push(text);
    }
  };
  const writers = [0, 1, 2].map(write);
  for (let crash = 0; crash < 2; crash++) {
    await new Promise((resolve) => setTimeout(resolve, 500));
    await server.crash();
  }
  await new Promise((resolve) => setTimeout(resolve, 500));
  isOver = true;
  await Promise.all(writers);

  expect(new Set(written).size).toBe(written.length);
  const kept: string[] = [];
  for await (const line of createClient(options).collection("lines").all()) kept.push(line["text"]);
  expect(kept.sort()).toEqual([...written].sort());
  for (const [way, events] of Object.entries(heard)) {
    await expect.poll(() => events.length).toBeGreaterThanOrEqual(kept.length);
    expect(events.map((event) => event.record?.text).sort(), way).toEqual(kept);
    expect(new Set(events.map(({ id }) => id)).size).toBe(events.length);
    const places = events.map(({ seq }) => seq);
    expect(places).toEqual([...places].sort((a, b) => a - b));
  }
  for (const each of listening) each.close();
}, 120_000);

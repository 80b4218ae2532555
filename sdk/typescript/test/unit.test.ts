/** What needs no server: words of the query string, retries, sessions. */
import { describe, expect, it, vi } from "vitest";

import { BackendifyError, createClient } from "../src/index.js";
import { words } from "../src/query.js";
import { json, scripted, session } from "./scripted.js";

describe("words", () => {
  it("writes expands as the API reads them", () => {
    const expand = {
      author: true,
      comments: { limit: 5, sort: ["-created_at", "id"], expand: { post: { fields: ["id"] } } },
      tags: { expand: ["a", "b"] },
    };
    expect(words({ expand }).expand).toBe(
      "author,comments(limit=5,sort=-created_at,id).post(fields=id),tags.a,tags.b",
    );
  });

  it("escapes brackets within texts of an expand's filter", () => {
    const expand = { comments: { filter: { text: 'a)"](' } } };
    expect(words({ expand }).expand).toBe('comments(filter={"text":"a\\u0029\\"\\u005d\\u0028"})');
  });
});

describe("retries", () => {
  it("sends a write again under its key until it is answered", async () => {
    const { client, requests } = scripted(
      () => Promise.reject(new TypeError("fetch failed")),
      () => json({ code: "unavailable" }, 503, { "retry-after": "0" }),
      () => json({ id: "1" }, 201),
    );
    expect(await client.collection("posts").create({ title: "x" })).toEqual({ id: "1" });
    const keys = requests.map((request) => request.headers.get("idempotency-key"));
    expect(new Set(keys).size).toBe(1);
    expect(keys[0]).toMatch(/^[0-9a-f]{32}$/);
  });

  it("sends the same again whatever goes wrong on the way", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const faults = [
      () => Promise.reject(new TypeError("fetch failed")),
      () => new Response("<html>Bad Gateway</html>", { status: 502 }),
      () => new Response(new ReadableStream({ pull: (body) => body.error(new Error("cut")) })),
      () => json({ code: "unavailable" }, 503),
      () => json({}, 504),
      () => json({ code: "rate_limited" }, 429, { "retry-after": "1" }),
      () => json({ code: "idempotency_key_in_use" }, 409),
    ];
    const pick = () => faults[Math.floor(Math.random() * faults.length)]!;
    for (let round = 0; round < 60; round++) {
      const met = Array.from({ length: round % 4 }, pick);
      const { client, requests } = scripted(...met, () => json({ id: "1" }, 201));
      const asked = client.collection("posts").create({ title: `${round}` });
      await vi.runAllTimersAsync();
      expect(await asked).toEqual({ id: "1" });
      const sent = requests.map((each) => each.headers.get("idempotency-key"));
      expect([sent.length, new Set(sent).size]).toEqual([met.length + 1, 1]);
      for (const each of requests) expect(await each.json()).toEqual({ title: `${round}` });
    }
    vi.useRealTimers();
  });

  it.each([
    [502, "http_502"],
    [404, "http_404"],
    [200, "not_json"],
  ])("tells of a page in place of an answer (%i)", async (status, code) => {
    const page = () => new Response("<html>nginx</html>", { status, statusText: "Told" });
    const { client } = scripted(page, page, page, page);
    const error = await client.auth.me().catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(BackendifyError);
    expect(error).toMatchObject({ status, code });
  });

  it("tells what the server refuses, once", async () => {
    const problem = {
      type: "x", title: "Invalid", status: 422, detail: "No.", code: "validation_failed",
      hint: "Yes.", request_id: "r1", errors: [{ pointer: "/title", code: "type", message: "m" }],
    }; // prettier-ignore
    const { client, requests } = scripted(() => json(problem, 422));
    const error = await client
      .collection("posts")
      .create({})
      .catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(BackendifyError);
    expect(error).toMatchObject({
      status: 422, code: "validation_failed", title: "Invalid", detail: "No.", hint: "Yes.",
      requestId: "r1", errors: [{ pointer: "/title", code: "type", message: "m" }],
    }); // prettier-ignore
    expect(requests).toHaveLength(1);
  });

  it("gives up after the last attempt", async () => {
    const down = () => Promise.reject(new TypeError("fetch failed"));
    const { client, requests } = scripted(down, down, down, down);
    const error = await client
      .collection("posts")
      .list()
      .catch((caught: unknown) => caught);
    expect(error).toMatchObject({ status: 0, code: "network_error" });
    expect(requests).toHaveLength(4);
  });

  it("does not wait for longer than anybody would", async () => {
    const { client } = scripted(() =>
      json({ code: "rate_limited" }, 429, { "retry-after": "300" }),
    );
    await expect(client.collection("posts").list()).rejects.toMatchObject({ code: "rate_limited" });
  });

  it("does not send a sign-up again that may have been done", async () => {
    const { client, requests } = scripted(() => Promise.reject(new TypeError("fetch failed")));
    const data = { email: "a@example.com", password: "long enough" };
    await expect(client.auth.register(data)).rejects.toMatchObject({ code: "network_error" });
    expect(requests).toHaveLength(1);
  });

  it("stops when it is told to", async () => {
    const control = new AbortController();
    const { client, requests } = scripted(() => {
      control.abort();
      return Promise.reject(new TypeError("fetch failed"));
    });
    const asked = client.collection("posts").list({ signal: control.signal });
    await expect(asked).rejects.toMatchObject({ name: "AbortError" });
    expect(requests).toHaveLength(1);
  });
});

describe("subscriptions", () => {
  it("take a stream only where a socket cannot be had, not while the server is away", async () => {
    let [isAway, sockets, streams] = [true, 0, 0];
    class Refused {
      onopen = null;
      onmessage = null;
      onerror = null;
      onclose: ((event: unknown) => void) | null = null;
      constructor() {
        sockets += 1;
        queueMicrotask(() => this.onclose?.({ code: 1006 }));
      }
      send(): void {}
      close(): void {}
    }
    const fetch: typeof globalThis.fetch = async () => {
      streams += 1;
      if (isAway) throw new TypeError("fetch failed");
      return new Response(new ReadableStream({ start: (body) => body.enqueue(OPENING) }));
    };
    const OPENING = new TextEncoder().encode("id: 7\n\n");
    const client = createClient({ url: "http://x", project: "p", fetch, WebSocket: Refused });
    const first = client.collection("posts").subscribe(() => undefined);
    await vi.waitUntil(() => streams === 1);
    isAway = false;
    await first.ready;
    expect([sockets, streams, first.position]).toEqual([2, 2, 7]);
    const second = client.collection("posts").subscribe(() => undefined);
    await second.ready;
    expect([sockets, streams]).toEqual([2, 3]);
    first.close();
    second.close();
  });
});

describe("sessions", () => {
  it("are renewed once for all who ask at the same time", async () => {
    const { client, requests } = scripted(
      () => json(session(0)),
      () => json(session(1800, "b")),
      ...Array.from({ length: 3 }, () => () => json({ data: [], page: {} })),
    );
    await client.auth.login({ email: "ann@example.com", password: "x" });
    await Promise.all([1, 2, 3].map(() => client.collection("posts").list()));
    expect(requests.filter(({ url }) => url.endsWith("/auth/refresh"))).toHaveLength(1);
    const used = requests.slice(2).map((request) => request.headers.get("authorization"));
    expect(used).toEqual(Array(3).fill("Bearer access-b"));
  });

  it("are renewed when the server knows a token no more", async () => {
    const { client, requests } = scripted(
      () => json(session(1800)),
      () => json({ code: "auth_token_invalid" }, 401),
      () => json(session(1800, "b")),
      () => json({ data: [], page: {} }),
    );
    await client.auth.login({ email: "ann@example.com", password: "x" });
    await client.collection("posts").list();
    expect(requests.at(-1)?.headers.get("authorization")).toBe("Bearer access-b");
  });

  it("end where they cannot be renewed, and listeners hear of it", async () => {
    const { client, storage } = scripted(
      () => json(session(1800)),
      () => json({ code: "auth_token_invalid" }, 401),
      () => json({ code: "auth_token_invalid" }, 401),
    );
    const heard: (string | undefined)[] = [];
    client.auth.onChange((now) => heard.push(now?.user.id));
    await client.auth.login({ email: "ann@example.com", password: "x" });
    await expect(client.collection("posts").list()).rejects.toMatchObject({ status: 401 });
    expect(heard).toEqual(["u", undefined]);
    expect(await storage.get("backendify.p")).toBeNull();
  });

  it("survive a page that is loaded again, from storages that take their time", async () => {
    const { client, storage } = scripted(() => json(session(1800)));
    await client.auth.login({ email: "ann@example.com", password: "x" });
    const slow = { ...storage, get: async (name: string) => storage.get(name) };
    const again = createClient({ url: "http://localhost", project: "p", storage: slow });
    expect(again.auth.user).toBeNull();
    await again.auth.ready;
    expect(again.auth.user?.id).toBe("u");
  });
});

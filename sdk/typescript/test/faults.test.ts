/** What others do wrong on the way, and users who change meanwhile. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

import { afterEach, describe, expect, it, vi } from "vitest";

import { BackendifyError, createClient } from "../src/index.js";
import { json, scripted, session, sessionOf } from "./scripted.js";

describe("a request", () => {
  it("that was refused is not sent again as another user", async () => {
    const { client, requests } = scripted(
      async () => {
        await client.auth.setSession(sessionOf("bob"));
        return json({ code: "auth_token_expired" }, 401);
      },
      () => json({ id: "1" }, 201),
    );
    await client.auth.setSession(sessionOf("ann"));
    const asked = client.collection("posts").create({ title: "Ann's" });
    await expect(asked).rejects.toMatchObject({ status: 401, code: "auth_token_expired" });
    expect(requests).toHaveLength(1);
  });

  it("is not sent again as who signed in while its token was renewed", async () => {
    const { client, requests } = scripted(
      () => json({ code: "auth_token_expired" }, 401),
      async () => {
        await client.auth.setSession(sessionOf("bob"));
        return json(session(1800, "ann2", "ann"));
      },
      () => json({ id: "1" }, 201),
    );
    await client.auth.setSession(sessionOf("ann"));
    const asked = client.collection("posts").create({ title: "Ann's" });
    await expect(asked).rejects.toMatchObject({ status: 401, code: "auth_token_expired" });
    expect(requests).toHaveLength(2);
  });

  it.each([
    ["another user", sessionOf("bob"), 200],
    ["nobody", null, 200],
    ["nobody any more", undefined, 401],
  ])("that waits for a token is not sent as %s", async (_, next, status) => {
    const { client, requests } = scripted(async () => {
      if (next !== undefined) await client.auth.setSession(next);
      return status === 200 ? json(session(1800, "ann2", "ann")) : json({ code: "x" }, 401);
    });
    await client.auth.setSession({ ...sessionOf("ann"), expires_at: 0 });
    const create = client.collection("posts").create({ title: "Ann's" });
    const list = client.collection("posts").list();
    for (const asked of [create, list])
      await expect(asked).rejects.toMatchObject({ status: 401, code: "auth_required" });
    expect(requests).toHaveLength(1);
    expect(client.auth.user?.id).toBe(next?.user.id);
  });

  it("goes out as who asked, though another signs in just then", async () => {
    const { client, requests } = scripted(() => json({ id: "1" }, 201));
    await client.auth.setSession(sessionOf("ann"));
    const asked = client.collection("posts").create({ title: "Ann's" });
    void client.auth.setSession(sessionOf("bob"));
    await asked;
    expect(requests[0]?.headers.get("authorization")).toBe("Bearer access-ann");
  });

  it.each<[string, (client: ReturnType<typeof scripted>["client"]) => Promise<unknown>]>([
    ["a sign-out", ({ auth }) => auth.logout()],
    ["a change of the password", ({ auth }) => auth.changePassword("old", "new")],
    ["an upgrade", ({ auth }) => auth.upgrade({ email: "ann@example.com", password: "new" })],
    ["a look at oneself", ({ auth }) => auth.me()],
  ])("of one user, %s, does not end the session of another", async (_, ask) => {
    const bob = sessionOf("bob");
    const { client } = scripted(async ({ url }) => {
      await client.auth.setSession(bob);
      return json(url.endsWith("/me") ? session(0, "", "ann").user : session(1800, "ann2", "ann"));
    });
    await client.auth.setSession(sessionOf("ann"));
    await ask(client);
    expect(client.auth.session).toEqual(bob);
  });

  it("that tells what the user is now does not lose a token that is on its way", async () => {
    let renew: (answer: Response) => void = () => undefined;
    const { client } = scripted(
      () => new Promise<Response>((resolve) => (renew = resolve)),
      () => json({ ...session(0, "", "ann").user, name: "Ann" }),
    );
    await client.auth.setSession(sessionOf("ann"));
    const renewing = client.auth.refresh();
    await client.auth.me();
    renew(json(session(1800, "ann2", "ann")));
    await renewing;
    expect(client.auth.session?.refresh_token).toBe("refresh-ann2");
  });

  it.each([205, 299, 404, 599])("is answered once with the status %i", async (status) => {
    const { client, requests } = scripted(() => new Response(null, { status }));
    const answered = await client.request("GET", "/x").catch((error: unknown) => error);
    if (status < 300) expect(answered).toBeUndefined();
    else expect(answered).toMatchObject({ status, code: `http_${status}` });
    expect(requests).toHaveLength(1);
  });

  it.each([999, 600])("is not sent again after a status that is none (%i)", async (status) => {
    const { client, requests } = scripted(() =>
      Object.defineProperty(json({}), "status", { value: status }),
    );
    await client.request("GET", "/x").catch(() => undefined);
    expect(requests).toHaveLength(1);
  });

  it("whose body is no JSON is not taken for one that did not arrive", async () => {
    const { client, requests } = scripted();
    await expect(client.request("PUT", "/x", { body: 1n })).rejects.toThrow(TypeError);
    expect(requests).toHaveLength(0);
  });

  it.each([
    { detail: [{ loc: ["body"], msg: "bad" }] },
    { detail: { any: 1 }, title: ["x"], code: 7, hint: {}, errors: "none" },
  ])("shows no part of a problem that is no text: %j", async (problem) => {
    const { client } = scripted(() => json(problem, 400));
    const error = await client.request("GET", "/x").catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(BackendifyError);
    const { message, detail, title, code, hint, errors } = error as BackendifyError;
    expect(`${message}${detail}${title}${code}${hint}`).not.toContain("[object");
    expect([message, typeof title, typeof code, hint]).toEqual(
      ["The request failed.", "string", "string", undefined], // prettier-ignore
    );
    expect(errors).toEqual([]);
  });
});

describe("a redirect", () => {
  const servers: Server[] = [];
  afterEach(() => {
    for (const each of servers.splice(0)) each.close().closeAllConnections();
  });

  async function serve(listener: Parameters<typeof createServer>[1]): Promise<string> {
    const server = createServer(listener!);
    servers.push(server);
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  it.each([301, 302, 303, 307, 308])("is not followed (%i)", async (status) => {
    let [asked, followed] = [0, 0];
    const other = await serve((_, response) => {
      followed += 1;
      response.end("{}");
    });
    const url = await serve((_, response) => {
      asked += 1;
      response.writeHead(status, { location: other }).end();
    });
    const client = createClient({ url, project: "p", key: "secret", WebSocket: false });
    const posts = client.collection("posts");
    const error = { name: "BackendifyError", code: "redirected" };
    await expect(posts.create({ title: "secret" })).rejects.toMatchObject(error);
    await expect(posts.list()).rejects.toMatchObject(error);
    await expect(posts.subscribe(() => undefined).ready).rejects.toMatchObject(error);
    expect([asked, followed]).toEqual([3, 0]);
  });
});

describe("a socket", () => {
  class Fake {
    static opened: Fake[] = [];
    onopen: (() => void) | null = null;
    onmessage: ((event: { data: unknown }) => void) | null = null;
    onclose = null;
    onerror = null;
    isClosed = false;
    constructor() {
      Fake.opened.push(this);
      queueMicrotask(() => this.onopen?.());
    }
    send(text: string): void {
      const { type, id } = JSON.parse(text) as { type: string; id: string };
      const data = JSON.stringify({ type: "ack", id, seq: 1, present: [] });
      if (type === "subscribe") queueMicrotask(() => this.onmessage?.({ data }));
    }
    close(): void {
      this.isClosed = true;
    }
  }

  it.each([
    ["no JSON", "{nope"],
    ["null", "null"],
    ["bytes", new TextEncoder().encode("{}").buffer],
    ["a Blob", new Blob(["{}"])],
  ])("that brings %s is broken, and another is opened", async (_, data) => {
    Fake.opened = [];
    const client = createClient({ url: "http://x", project: "p", WebSocket: Fake });
    const [statuses, errors]: [string[], unknown[]] = [[], []];
    const subscription = client.collection("posts").subscribe({
      onEvent: () => undefined,
      onStatus: (status) => statuses.push(status),
      onError: (error) => errors.push(error),
    });
    await subscription.ready;
    const first = Fake.opened[0]!;
    expect(() => first.onmessage!({ data })).not.toThrow();
    expect(first.isClosed).toBe(true);
    await vi.waitUntil(() => statuses.length === 4, 5_000);
    expect(statuses).toEqual(["connecting", "open", "connecting", "open"]);
    expect([Fake.opened.length, errors]).toEqual([2, []]);
    subscription.close();
  });
});

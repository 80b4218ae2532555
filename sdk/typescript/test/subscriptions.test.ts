/** Subscriptions on a server: over a socket, and over streams. */
import { describe, expect, it } from "vitest";

import type { BackendifyError, RecordEvent, SocketClass } from "../src/index.js";
import { cuttable, key, newClient, person, until } from "./people.js";
import type { Notes, Posts } from "./types/schema.js";

describe.each(["socket", "stream"])("subscriptions over a %s", (way) => {
  const options = way === "stream" ? ({ WebSocket: false } as const) : {};
  const posts = newClient({ key, ...options }).collection("posts");

  it("tell of every change that the caller may see, typed", async () => {
    const [ann, bob] = [await person(options), await person(options)];
    const heard: RecordEvent<Notes>[] = [];
    const subscription = ann.client.collection("notes").subscribe((event) => heard.push(event));
    await subscription.ready;
    await bob.client.collection("notes").create({ text: "not for Ann" });
    const notes = ann.client.collection("notes");
    const note = await notes.create({ text: "one" });
    await notes.update(note.id, { text: "two" });
    await notes.delete(note.id);
    await until(() => heard.length === 3);
    expect(heard.map((event) => [event.type, event.record?.text, event.previous?.text])).toEqual([
      ["record.created", "one", undefined],
      ["record.updated", "two", "one"],
      ["record.deleted", undefined, "two"],
    ]);
    expect(subscription.position).toBe(heard[2]?.seq);
    subscription.close();
  });

  it("filter, enter and leave, and go on where they stood", async () => {
    const heard: RecordEvent<Posts>[] = [];
    const filter = { status: "published", title: `live ${way}` } as const;
    const control = new AbortController();
    const { signal } = control;
    const first = posts.subscribe({ onEvent: (event) => heard.push(event) }, { filter, signal });
    await first.ready;
    const post = await posts.create({ title: filter.title });
    await posts.update(post.id, { status: "published" });
    await until(() => heard.length === 1);
    const since = first.position!;
    control.abort();
    await posts.update(post.id, { status: "draft" });
    const second = posts.subscribe((event) => heard.push(event), { filter, since });
    await until(() => heard.length === 2);
    expect(heard.map((event) => event.type)).toEqual(["record.entered", "record.left"]);
    second.close();
  });

  it("end with the reason where nobody may listen", async () => {
    const codes: string[] = [];
    const subscription = newClient(options)
      .collection("notes")
      .subscribe({ onEvent: () => undefined, onError: (error) => codes.push(error.code) });
    await expect(subscription.ready).rejects.toMatchObject({ status: 401 });
    expect(codes).toHaveLength(1);
  });

  it("end for who is signed out, and say so", async () => {
    const { client } = await person(options);
    const statuses: string[] = [];
    const ended = new Promise<BackendifyError>((onError) => {
      const onStatus = (status: string): void => void statuses.push(status);
      client.collection("notes").subscribe({ onEvent: () => undefined, onStatus, onError });
    });
    await until(() => statuses.includes("open"));
    await client.auth.logout();
    expect((await ended).status).toBe(401);
    await until(() => statuses.at(-1) === "closed");
  });
});

describe("a broken stream", () => {
  it("mends itself, and misses nothing", async () => {
    let connections = 0;
    const broken: AbortController[] = [];
    const fetch: typeof globalThis.fetch = async (input, init) => {
      if (!String(input).includes("/realtime")) return globalThis.fetch(input, init);
      connections += 1;
      const cut = new AbortController();
      broken.push(cut);
      init?.signal?.addEventListener("abort", () => cut.abort());
      return globalThis.fetch(input, { ...init, signal: cut.signal });
    };
    const client = newClient({ key, fetch, WebSocket: false });
    const [heard, statuses]: [string[], string[]] = [[], []];
    const tags = client.collection("tags");
    const subscription = tags.subscribe({
      onEvent: (event) => heard.push(event.record?.name ?? ""),
      onStatus: (status) => statuses.push(status),
    });
    await subscription.ready;
    await tags.create({ name: "before" });
    await until(() => heard.length === 1);
    broken[0]?.abort();
    await tags.create({ name: "between" });
    await until(() => heard.length === 2);
    expect(connections).toBe(2);
    expect(heard).toEqual(["before", "between"]);
    subscription.close();
    await until(() => statuses.at(-1) === "closed");
    expect(statuses).toEqual(["connecting", "open", "connecting", "open", "closed"]);
  });
});

describe("the socket", () => {
  it("is one for all, comes back after a break, and misses nothing", async () => {
    const { opened, WebSocket } = cuttable();
    const client = newClient({ key, WebSocket });
    const [tags, authors] = [client.collection("tags"), client.collection("authors")];
    const heard: string[] = [];
    const hear = (event: { record: { name: string } | null; seq: number }): void =>
      void heard.push(event.record?.name ?? "");
    const subscriptions = [
      tags.subscribe(hear),
      authors.subscribe(hear),
      ...Array.from({ length: 40 }, () => tags.subscribe(() => undefined)),
    ];
    await Promise.all(subscriptions.map(({ ready }) => ready));
    expect(opened).toHaveLength(1);
    for (let round = 0; round < 3; round++) {
      opened.at(-1)!.close();
      await tags.create({ name: `socket tag ${round}` });
      await authors.create({ name: `socket author ${round}` });
    }
    await until(() => heard.length === 6, 25_000);
    expect(heard.filter((name) => name.includes("tag"))).toEqual(
      [0, 1, 2].map((round) => `socket tag ${round}`),
    );
    for (const each of subscriptions) each.close();
    await until(() => opened.every((socket) => socket.readyState > 1));
  });

  it("goes on with the token that a renewal brings", async () => {
    const { opened, WebSocket } = cuttable();
    const { client } = await person({ WebSocket });
    const heard: string[] = [];
    const notes = client.collection("notes");
    const subscription = notes.subscribe((event) => heard.push(event.record?.text ?? ""));
    await subscription.ready;
    const before = client.auth.session!.access_token;
    await client.auth.refresh();
    expect(client.auth.session!.access_token).not.toBe(before);
    await notes.create({ text: "after" });
    await until(() => heard.length === 1);
    expect(opened).toHaveLength(1);
    subscription.close();
  });

  it("is another for another user", async () => {
    const { opened, WebSocket } = cuttable();
    const { client } = await person({ WebSocket });
    const other = await person();
    const heard: string[] = [];
    const notes = client.collection("notes");
    const subscription = notes.subscribe((event) => heard.push(event.record?.text ?? ""));
    await subscription.ready;
    await client.auth.setSession(other.client.auth.session);
    await until(() => opened.length === 2);
    await until(() => opened[1]!.readyState === 1);
    await other.client.collection("notes").create({ text: "theirs" });
    await until(() => heard.length === 1);
    expect(heard).toEqual(["theirs"]);
    subscription.close();
  });

  it("is done without where something on the way lets none through", async () => {
    class Blocked extends WebSocket {
      constructor(url: string) {
        super(url.replace("/realtime/ws", "/no/socket/here"));
      }
    }
    const client = newClient({ key, WebSocket: Blocked as SocketClass });
    const heard: string[] = [];
    const tags = client.collection("tags");
    const subscription = tags.subscribe((event) => heard.push(event.record?.name ?? ""));
    await subscription.ready;
    await tags.create({ name: "by a stream" });
    await until(() => heard.length === 1);
    subscription.close();
  });

  it("holds as many as it may, and the others have streams", async () => {
    const client = newClient({ key });
    const heard = new Set<number>();
    const tags = client.collection("tags");
    const subscriptions = Array.from({ length: 102 }, (_, n) => tags.subscribe(() => heard.add(n)));
    await Promise.all(subscriptions.map(({ ready }) => ready));
    await tags.create({ name: "for a hundred and two" });
    await until(() => heard.size === 102);
    for (const each of subscriptions) each.close();
  });
});

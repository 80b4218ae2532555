/** Channels on a server: what is said in them, and who is there. */
import { describe, expect, it } from "vitest";

import type { BackendifyError } from "../src/index.js";
import { asOwner, cuttable, newClient, person, until } from "./people.js";

describe("channels", () => {
  interface Events {
    cursor: { x: number; y: number };
    typing: boolean;
  }

  it("carry what is said to all others, and show who is there", async () => {
    const [ann, bob] = [await person(), await person()];
    const topic = `room:${Date.now()}`;
    const options = { presence: { name: "Ann" } };
    const one = ann.client.channel<Events, { name: string }>(topic, options);
    await one.ready;
    const changes: [string[], string[]][] = [];
    one.onPresence((_, { joined, left }) => {
      const names = (members: typeof joined): string[] => members.map((m) => m.presence.name);
      changes.push([names(joined), names(left)]);
    });
    const two = bob.client.channel<Events, { name: string }>(topic, { presence: { name: "Bob" } });
    await two.ready;
    expect(two.members.map((member) => member.presence.name).sort()).toEqual(["Ann", "Bob"]);
    await until(() => one.members.length === 2);

    const heard: unknown[] = [];
    two.on("cursor", (point, from) => heard.push([point.x, from]));
    const stop = one.on("typing", () => heard.push("not what Ann says herself"));
    expect(one.broadcast("cursor", { x: 7, y: 1 })).toBe(true);
    expect(one.broadcast("typing", true)).toBe(true);
    await until(() => heard.length === 1);
    expect(heard).toEqual([[7, { type: "app_user", id: ann.client.auth.user?.id }]]);
    stop();

    two.setPresence({ name: "Robert" });
    await until(() => one.members.some((member) => member.presence.name === "Robert"));
    two.setPresence(null);
    await until(() => one.members.length === 1);
    two.close();
    expect(two.broadcast("typing", false)).toBe(false);
    expect(changes).toEqual([
      [["Bob"], []],
      [["Robert"], []],
      [[], ["Robert"]],
    ]);
    one.close();
  });

  it("come back after a break, with their presence", async () => {
    const { opened, WebSocket } = cuttable();
    const [ann, bob] = [await person({ WebSocket }), await person()];
    const topic = `room:${Date.now()}b`;
    const one = ann.client.channel(topic, { presence: { is: "Ann" } });
    const two = bob.client.channel(topic);
    await Promise.all([one.ready, two.ready]);
    await until(() => two.members.length === 1);
    const before = two.members[0]!.ref;
    opened[0]!.close();
    await until(() => two.members.length === 1 && two.members[0]!.ref !== before);
    const heard: unknown[] = [];
    one.on("hello", (payload) => heard.push(payload));
    await until(() => two.broadcast("hello", "again") && heard.length > 0);
    expect(heard[0]).toBe("again");
    one.close();
    two.close();
  });

  it("say what is refused: joining for good, a broadcast for once", async () => {
    const { client } = await person();
    await expect(client.channel("secret:1").ready).rejects.toMatchObject({
      status: 403,
      code: "realtime_channel_forbidden",
    });
    const codes: string[] = [];
    const room = client.channel("room:c", { onError: (error) => codes.push(error.code) });
    await room.ready;
    room.broadcast("big", "x".repeat(9_000));
    await until(() => codes.length === 1);
    expect(codes).toEqual(["payload_too_large"]);
    expect(room.broadcast("small", "x")).toBe(true);
    room.close();
  });

  it("end for who loses the right", async () => {
    const { client } = await person();
    const made = await asOwner<{ id: string }>("POST", "/policies", {
      name: "halls are open for a while",
      collection: "_channels",
      actions: ["read"],
      principals: ["app_user"],
      where: { kind: "hall" },
    });
    const ended = new Promise<BackendifyError>((onError) => {
      const hall = client.channel("hall:1", { onError });
      void hall.ready.then(() => asOwner("PATCH", `/policies/${made.id}`, { enabled: false }));
    });
    expect((await ended).code).toBe("realtime_channel_forbidden");
  });

  it("need a socket, and say so", async () => {
    const room = newClient({ WebSocket: false }).channel("room:d");
    await expect(room.ready).rejects.toMatchObject({ code: "websocket_required" });
  });
});

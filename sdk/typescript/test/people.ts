/** Who the tests are: a server with a key, and users of the app. */
import { expect, inject } from "vitest";

import { type ClientOptions, createClient, type SocketClass } from "../src/index.js";
import type { Schema } from "./types/schema.js";

export const PASSWORD = "a long password";
export const url = inject("url");
export const key = inject("key");

export function newClient(options: Partial<ClientOptions> = {}) {
  return createClient<Schema>({ url, project: "blog", ...options });
}

let people = 0;
export async function person(options: Partial<ClientOptions> = {}) {
  const client = newClient(options);
  const email = `person${people++}-${Date.now()}-${process.pid}@example.com`;
  const signed = await client.auth.register({ email, password: PASSWORD });
  expect(signed.status).toBe("signed_in");
  return { client, email };
}

export async function until(holds: () => boolean, ms = 60_000): Promise<void> {
  const deadline = Date.now() + ms;
  while (!holds()) {
    if (Date.now() > deadline) throw new Error("It did not come to that.");
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

/** As the owner of the installation, on the project's own routes. */
export async function asOwner<T>(method: string, path: string, body?: unknown): Promise<T> {
  const answer = await fetch(`${url}/api/projects/blog${path}`, {
    method,
    headers: {
      "content-type": "application/json",
      authorization: `Bearer ${inject("token")}`,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  return answer.json() as Promise<T>;
}

/** Sockets that can be cut, and are counted. */
export function cuttable() {
  const opened: WebSocket[] = [];
  class Cuttable extends WebSocket {
    constructor(url: string) {
      super(url);
      opened.push(this);
    }
  }
  return { opened, WebSocket: Cuttable as SocketClass };
}

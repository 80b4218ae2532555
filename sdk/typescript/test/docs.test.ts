/** The code of the documentation runs, against the server that it names. */
import { afterAll, beforeAll, expect, inject, it, vi } from "vitest";

const DOCUMENTED = "localhost:8000";
const before = { fetch: globalThis.fetch, WebSocket: globalThis.WebSocket };

beforeAll(() => {
  vi.spyOn(console, "log").mockImplementation(() => undefined);
  const here = (url: unknown): string =>
    String(url).replace(DOCUMENTED, new URL(inject("url")).host);
  globalThis.fetch = (input, init) => before.fetch(here(input), init);
  globalThis.WebSocket = class extends before.WebSocket {
    constructor(url: string | URL) {
      super(here(url));
    }
  };
});
afterAll(() => {
  Object.assign(globalThis, before);
});

it.each(["readme", "guide"])("the snippets of the %s", async (name) => {
  const file = `./types/snippets.${name}.ts`;
  await expect(import(/* @vite-ignore */ file)).resolves.toBeDefined();
});

import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/*.test.ts"],
    globalSetup: ["test/world.ts"],
    // What is waited for comes: how soon, a busy machine decides.
    expect: { poll: { timeout: 60_000 } },
    testTimeout: 120_000,
    hookTimeout: 120_000,
    pool: "forks",
    // Node 20 has a WebSocket, but hides it.
    execArgv: ["--experimental-websocket", "--disable-warning=ExperimentalWarning"],
  },
  resolve: { alias: { "@backendify/client": `${import.meta.dirname}/src/index.ts` } },
});

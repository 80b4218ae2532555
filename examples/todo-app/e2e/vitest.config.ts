import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    dir: import.meta.dirname,
    include: ["*.e2e.ts"],
    globalSetup: [`${import.meta.dirname}/world.ts`],
    // What is waited for comes: how soon, a busy machine decides.
    expect: { poll: { timeout: 60_000 } },
    testTimeout: 240_000,
    hookTimeout: 240_000,
  },
});

import { basename } from "node:path";

import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

// The first visitor needs an installation that nobody owns; then what takes longest.
const ORDER = ["first", "walk-project", "walk-access", "data", "people", "schema-forms"];

class InOrder extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const at = ORDER.indexOf(basename(moduleId, ".e2e.ts"));
      return at < 0 ? ORDER.length : at;
    };
    return [...files].sort((a, b) => rank(a) - rank(b) || a.moduleId.localeCompare(b.moduleId));
  }
}

export default defineConfig({
  test: {
    dir: import.meta.dirname,
    include: ["*.e2e.ts"],
    globalSetup: [`${import.meta.dirname}/server.ts`],
    // Whoever wants to know how fast the console is needs the machine for it alone.
    maxWorkers: process.env.SPEED ? 1 : 2,
    sequence: { sequencer: InOrder },
    // What is waited for comes: how soon, a busy machine decides.
    expect: { poll: { timeout: 60_000 } },
    testTimeout: 240_000,
    hookTimeout: 240_000,
  },
});

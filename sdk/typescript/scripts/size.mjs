/** The client as a page loads it, minified and gzipped, within its budget; and nothing else in it. */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

import { build } from "vite";

const BUDGET = 12_000;
const root = join(dirname(fileURLToPath(import.meta.url)), "..");

const { dependencies = {} } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
if (Object.keys(dependencies).length > 0) throw new Error("The client has no dependencies.");

const [{ output }] = [
  await build({
    root,
    configFile: false,
    logLevel: "error",
    build: {
      write: false,
      minify: true,
      lib: { entry: join(root, "dist/index.js"), formats: ["es"] },
    },
  }),
].flat();
const size = gzipSync(output[0].code).length;
console.log(`@backendify/client: ${size} bytes gzipped (at most ${BUDGET})`);
if (size > BUDGET) process.exit(1);

// Writes src/client/schema.d.ts from the API's own description, or with --check says whether it is stale.
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import openapiTS, { astToString } from "openapi-typescript";

const root = fileURLToPath(new URL("../../", import.meta.url));
const target = fileURLToPath(new URL("../src/client/schema.d.ts", import.meta.url));
const python = process.env.PYTHON ?? `${root}.venv/bin/python`;

const described = execFileSync(python, [`${root}scripts/describe_api.py`], {
  cwd: root,
  env: { ...process.env, PYTHONPATH: root },
  maxBuffer: 64 * 1024 * 1024,
});
const { digest, document } = JSON.parse(described.toString());
const types = astToString(await openapiTS(document));
const wanted = `// Generated from the API's description by \`make client\`. Do not edit.\n// ${digest}\n\n${types}`;

if (process.argv.includes("--check")) {
  if (readFileSync(target, "utf8") !== wanted) {
    console.error("frontend/src/client/schema.d.ts is stale: run `make client`.");
    process.exit(1);
  }
} else {
  writeFileSync(target, wanted);
}

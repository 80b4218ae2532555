/** The code of the documentation as modules beside the schema that the tests have: to be compiled
 * and run. */
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const PAGES = { readme: "README.md", guide: "../../docs/guides/typescript-sdk.md" };

for (const [name, page] of Object.entries(PAGES)) {
  const text = readFileSync(join(root, page), "utf8");
  const blocks = [...text.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code]) => code);
  writeFileSync(join(root, `test/types/snippets.${name}.ts`), blocks.join("\n"));
}

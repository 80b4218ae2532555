// What a first visit must load before any lazy route: at most 200 kB of script, gzipped.
import { readFileSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";

const MOST = 200 * 1000;
const dist = fileURLToPath(new URL("../dist/", import.meta.url));
const manifest = JSON.parse(readFileSync(`${dist}.vite/manifest.json`, "utf8"));

function scripts(name, found = new Set()) {
  const chunk = manifest[name];
  if (found.has(chunk.file)) return found;
  found.add(chunk.file);
  for (const imported of chunk.imports ?? []) scripts(imported, found);
  return found;
}

const files = [...scripts("index.html")];
const total = files.reduce((sum, file) => sum + statSync(`${dist}${file}.gz`).size, 0);
console.log(`${(total / 1000).toFixed(1)} kB of script in ${files.length} files, gzipped`);
if (total > MOST) {
  console.error(`The first load may hold ${MOST / 1000} kB at most: make a route lazy.`);
  process.exit(1);
}

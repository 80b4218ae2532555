/** Types of schemas that nobody has expected, as the compiler takes them. */
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { expect, inject, it } from "vitest";

import { ROOT } from "./server.js";

const HERE = join(import.meta.dirname, "types/odd");
const token = inject("token");

async function call(method: string, path: string, body?: unknown): Promise<string> {
  const answer = await fetch(`${inject("url")}/api/projects${path}`, {
    method,
    headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
  return text;
}

async function typesOf(slug: string, collections: unknown[]): Promise<void> {
  await call("POST", "", { name: slug, slug });
  const { hash } = JSON.parse(await call("GET", `/${slug}/schema`)) as { hash: string };
  await call("POST", `/${slug}/schema/apply`, { base: hash, schema: { collections } });
  writeFileSync(join(HERE, `${slug}.d.ts`), await call("GET", `/${slug}/sdk.d.ts`));
}

/** Sixty collections, each related to three others. */
function many(): unknown[] {
  const to = (name: string, n: number) => ({
    name,
    type: "relation",
    to: `c${n % 60}`,
    on_delete: "set_null",
  });
  return Array.from({ length: 60 }, (_, n) => ({
    name: `c${n}`,
    fields: [
      ...Array.from({ length: 8 }, (_, f) => ({ name: `text${f}`, type: "string" })),
      { name: "number", type: "int" },
      { name: "json", type: "json" },
      ...[1, 7, 31].map((step) => to(`to${step}`, n + step)),
    ],
  }));
}

const USES = `
import { createClient } from "../../../src/index.js";
import type { Schema as Odd } from "./odd.js";
import type { Schema as Many } from "./many.js";

export async function odd() {
  const client = createClient<Odd>({ project: "odd" });
  const things = client.collection("class");
  const made = await things.create({
    class: "x", from: "it's", any: { a: [1] }, datetime: new Date(), decimal: 1.5, sequence_id: "1",
  });
  const quoted: "a\\"b" | "c\\\\d" | "it's" | "\`\${1}\`" | "*/ x" | "\\u2028" | "\\u202eabc" | "😀" | '"""'
    | "# type: ignore" | "a b" | "-" = made.from;
  const found = await things.list({
    filter: { self: { from__in: [quoted] }, of_self: { class: "y" }, friends__any: ["1"], none__any: [1], dict__a: 1 },
    expand: { self: { expand: "friends" }, sequence: true },
    sort: ["-class", "self.class"],
  });
  const name: string | undefined = found.data[0]?.self?.friends[0]?.class;
  await things.update("1", { increment: { $inc: 1 }, marks: { $append: 2 }, prototype: name ?? null });
  await client.collection("json").get(1);
  // @ts-expect-error It is none of the values.
  await things.list({ filter: { from: "none" } });
  // @ts-expect-error A value that has to be given is not.
  await things.create({ class: "x", from: "it's", any: 1, datetime: "2026-01-01T00:00:00Z", decimal: 1 });
  // @ts-expect-error What is required is never null.
  await things.update("1", { class: null });
  // @ts-expect-error An id is a number here.
  await client.collection("json").get("1");
}

export async function many() {
  const client = createClient<Many>({ project: "many" });
  const found = await client.collection("c0").list({
    filter: { to1: { to7: { text3__icontains: "x" } }, to31__number__gt: 2, or: [{ to7__text1: "y" }] },
    expand: { to1: { expand: { to31: { fields: ["text0"] } } } },
    sort: "-to7.number",
  });
  const text: string | null | undefined = found.data[0]?.to1?.to31?.text0;
  // @ts-expect-error There is no such field, three relations away.
  await client.collection("c0").list({ filter: { to1: { to7: { txet3: text } } } });
}
`;

it("compile strictly, and are checked all the same", async () => {
  mkdirSync(HERE, { recursive: true });
  const file = join(ROOT, "tests/features/codegen/odd.json");
  const { collections } = JSON.parse(readFileSync(file, "utf8")) as { collections: unknown[] };
  await typesOf("odd", collections);
  await typesOf("many", many());
  writeFileSync(join(HERE, "uses.ts"), USES);
  const config = { extends: "../../../tsconfig.json", include: ["."], exclude: [] };
  writeFileSync(join(HERE, "tsconfig.json"), JSON.stringify(config));
  const compiler = join(import.meta.dirname, "../node_modules/typescript/bin/tsc");
  const compiled = spawnSync(process.execPath, [compiler, "-p", HERE], { encoding: "utf8" });
  expect(compiled.stdout).toBe("");
  expect(compiled.status).toBe(0);
}, 120_000);

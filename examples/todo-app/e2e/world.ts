/** A fresh server with backendify.yaml applied as the README says, and the app before it. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { createServer } from "vite";
import type { TestProject } from "vitest/node";

import { owner, OWNER, python, ROOT, startServer } from "../../../sdk/typescript/test/server.ts";

declare module "vitest" {
  interface ProvidedContext {
    page: string;
    api: string;
    token: string;
  }
}

const HERE = join(import.meta.dirname, "..");

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startServer();
  const { call, token } = await owner(server.url);
  const env = {
    ...process.env,
    PYTHONPATH: ROOT,
    BACKENDIFY_URL: server.url,
    BACKENDIFY_EMAIL: OWNER.email,
    BACKENDIFY_PASSWORD: OWNER.password,
    BACKENDIFY_PROJECT: "todo",
  };
  const backendify = (...words: string[]): string =>
    execFileSync(python(), ["-m", "app.cli", ...words], { cwd: HERE, env, encoding: "utf8" });
  backendify("project", "create", "todo");
  backendify("schema", "apply", "--yes");
  backendify("policy", "apply");
  checkTypes(backendify("types"));
  process.env.BACKENDIFY_URL = server.url;
  const vite = await createServer({ root: HERE, logLevel: "error", server: { port: 0 } });
  await vite.listen();
  const page = vite.resolvedUrls!.local[0]!;
  const passkeys = { passkey_origins: [new URL(page).origin] };
  await call("PATCH", "/api/projects/todo/settings", { auth: passkeys });
  project.provide("page", page);
  project.provide("api", server.url);
  project.provide("token", token);
  return async () => {
    await vite.close();
    await server.stop();
  };
}

function checkTypes(told: string): void {
  const file = join(HERE, "src/schema.d.ts");
  if (process.env.UPDATE) writeFileSync(file, told);
  if (!existsSync(file) || readFileSync(file, "utf8") !== told) {
    throw new Error("src/schema.d.ts is out of date: see the README.");
  }
}

/** A project with something of everything, for all tests of a run. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

import type { TestProject } from "vitest/node";

import { startIssuer } from "./issuer.js";
import { owner, startServer } from "./server.js";

declare module "vitest" {
  interface ProvidedContext {
    url: string;
    key: string;
    token: string;
  }
}

const OWN_NOTES = { where: { owner: "$user.id" }, principals: ["app_user"] };

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const issuer = await startIssuer();
  const server = await startServer({ BACKENDIFY_EGRESS_ALLOW: new URL(issuer.url).host });
  const { call, token } = await owner(server.url);
  await call("POST", "/api/projects", { name: "Blog", slug: "blog" });
  const blog = "/api/projects/blog";
  const { hash } = await call<{ hash: string }>("GET", `${blog}/schema`);
  const schema: unknown = JSON.parse(
    readFileSync(join(import.meta.dirname, "schema.json"), "utf8"),
  );
  await call("POST", `${blog}/schema/apply`, { base: hash, schema });
  await call("POST", `${blog}/policies`, {
    name: "notes are their owner's",
    collection: "notes",
    actions: ["*"],
    ...OWN_NOTES,
  });
  for (const collection of ["authors", "posts", "comments", "tags"]) {
    await call("POST", `${blog}/policies`, {
      name: `users write ${collection}`,
      collection,
      actions: ["*"],
      principals: ["app_user"],
    });
  }
  const made = await call<{ key: string }>("POST", `${blog}/api-keys`, {
    name: "tests",
    scopes: ["*:*"],
  });
  project.provide("url", server.url);
  project.provide("key", made.key);
  project.provide("token", token);
  await call("POST", `${blog}/policies`, {
    name: "rooms are for all who are signed in",
    collection: "_channels",
    actions: ["read", "create", "update"],
    principals: ["app_user"],
    where: { kind: "room" },
  });
  await call("PATCH", `${blog}/settings`, {
    auth: {
      redirect_urls: ["https://app.example.com/in"],
      providers: { corp: { type: "oidc", issuer: issuer.url, ...issuer.client } },
    },
  });
  return async () => {
    issuer.stop();
    await server.stop();
  };
}

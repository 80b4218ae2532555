/** The client against a running server. */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, inject, it } from "vitest";

import { createClient, etagOf, reference } from "../src/index.js";
import { key, newClient, PASSWORD, person, url } from "./people.js";
import { python, ROOT } from "./server.js";

const server = newClient({ key });
const [authors, posts] = [server.collection("authors"), server.collection("posts")];

describe("types", () => {
  it("of the tests are those that the server tells and the command line writes", () => {
    const environment = { BACKENDIFY_URL: url, BACKENDIFY_TOKEN: inject("token") };
    const file = join(import.meta.dirname, "types/schema.d.ts");
    const words = ["-m", "app.cli", "types", "--project", "blog"];
    const env = { ...process.env, ...environment, PYTHONPATH: ROOT };
    const written = execFileSync(python(), words, { cwd: ROOT, env, encoding: "utf8" });
    if (process.env.UPDATE) writeFileSync(file, written);
    expect(written).toBe(readFileSync(file, "utf8"));
  });
});

describe("records", () => {
  it("are created, read, changed, found and deleted", async () => {
    const ann = await authors.create({ name: "Ann", country: "DE" });
    const [tag] = await server.collection("tags").create([{ name: "one" }, { name: "two" }]);
    const post = await posts.create({
      title: "Hello (world]",
      author_id: ann.id,
      tags: [tag!.id],
      words: ["a", "b"],
      meta: { color: "red" },
      published_at: new Date("2026-01-02T03:04:05Z"),
    });
    await server.collection("comments").create({ text: "1) ok", post_id: post.id });

    const found = await posts.list({
      filter: {
        title__startswith: "Hello",
        author__country__in: ["DE", "FR"],
        meta__color: "red",
        words__any: ["b"],
        tags__in: [tag!.id],
        or: [{ views__gt: 5 }, { not: { status: "published" } }],
        comments: { text__contains: ")" },
      },
      expand: {
        author: { fields: ["name"] },
        comments: { filter: { text: "1) ok" }, limit: 2, expand: "post" },
        tags: true,
      },
      sort: ["-author.name", "title"],
      count: "exact",
    });

    expect(found.total).toBe(1);
    const [first] = found.data;
    expect(first?.author).toEqual({ name: "Ann" });
    expect(first?.comments[0]?.post?.title).toBe("Hello (world]");
    expect(first?.tags[0]?.name).toBe("one");
    expect(first?.published_at).toBe("2026-01-02T03:04:05+00:00");

    const short = await posts.get(post.id, { fields: ["title", "author.country"] });
    expect(short).toEqual({ title: "Hello (world]", author: { country: "DE" } });

    const changed = await posts.update(post.id, { views: { $inc: 2 }, words: { $append: "c" } });
    expect([changed.views, changed.words]).toEqual([2, ["a", "b", "c"]]);
    await posts.delete(post.id);
    await expect(posts.get(post.id)).rejects.toMatchObject({ code: "record_not_found" });
  });

  it("are refused where somebody else was faster", async () => {
    const made = await posts.create({ title: "mine" });
    expect(etagOf(made)).toBeTruthy();
    await posts.update(made.id, { title: "theirs" });
    const late = posts.update(made.id, { title: "late" }, { ifMatch: made });
    await expect(late).rejects.toMatchObject({ status: 412 });
    const now = await posts.get(made.id);
    expect((await posts.update(made.id, { title: "mine" }, { ifMatch: now })).title).toBe("mine");
  });

  it("are upserted by what is unique, and written once under one key", async () => {
    const one = await posts.upsert({ title: "a", slug: "same" }, { onConflict: "slug" });
    const two = await posts.upsert({ title: "b", slug: "same" }, { onConflict: "slug" });
    expect([two.id, two.title]).toEqual([one.id, "b"]);

    const options = { idempotencyKey: `key-${Date.now()}` };
    const first = await posts.create({ title: "once" }, options);
    const again = await posts.create({ title: "once" }, options);
    expect(again.id).toBe(first.id);
  });

  it("come page after page, are counted, and changed by condition", async () => {
    const rows = Array.from({ length: 25 }, (_, n) => ({ title: `page ${n}`, views: n }));
    await posts.create(rows);
    const filter = { title__startswith: "page " } as const;
    const seen: number[] = [];
    for await (const post of posts.all({ filter, sort: "views", limit: 10 })) {
      seen.push(post.views ?? -1);
    }
    expect(seen).toEqual(rows.map((row) => row.views));
    expect(await posts.count(filter)).toBe(25);
    const bounds = { maxAffected: 100 };
    expect(await posts.updateWhere({ ...filter, views__lt: 5 }, { views: 99 }, bounds)).toBe(5);
    expect(await posts.deleteWhere(filter, bounds)).toBe(25);
    expect(await posts.first({ filter })).toBeNull();
  });

  it("are found by conditions too long for a URL", async () => {
    const made = await posts.create({ title: "long" });
    const ids = [...Array.from({ length: 300 }, () => crypto.randomUUID() as string), made.id];
    const found = await posts.list({ filter: { id__in: ids }, expand: ["author"], sort: "-title" });
    expect(found.data.map((post) => [post.id, post.author])).toEqual([[made.id, null]]);
  });
});

describe("batches", () => {
  it("refer to what they made, and keep all or nothing", async () => {
    const [author, post] = await server.batch([
      { op: "create", collection: "authors", ref: "a", data: { name: "Bea" } },
      {
        op: "create",
        collection: "posts",
        data: { title: "by Bea", author_id: reference("a", "id") },
      },
    ]);
    expect(post.body.author_id).toBe(author.body.id);

    const failing = server.batch([
      { op: "update", collection: "posts", id: post.body.id, data: { title: "changed" } },
      { op: "delete", collection: "posts", id: crypto.randomUUID() },
    ]);
    await expect(failing).rejects.toMatchObject({ problem: { pointer: "/operations/1" } });
    expect((await posts.get(post.body.id)).title).toBe("by Bea");

    const [missing, tried] = await server.batch(
      [
        { op: "get", collection: "posts", id: crypto.randomUUID() },
        { op: "delete", collection: "posts", where: { title: "by Bea" }, max_affected: 1 },
      ],
      { atomic: false, dryRun: true },
    );
    expect([missing.status, tried.status]).toEqual([404, 200]);
    expect((await posts.get(post.body.id)).title).toBe("by Bea");
  });
});

describe("users", () => {
  it("see what is theirs alone, and come back after signing out", async () => {
    const [ann, bob] = [await person(), await person()];
    const note = await ann.client.collection("notes").create({ text: "mine" });
    expect(note.owner_id).toBe(ann.client.auth.user?.id);
    expect((await bob.client.collection("notes").list()).data).toEqual([]);

    expect((await ann.client.auth.updateMe({ name: "Ann" })).name).toBe("Ann");
    expect(ann.client.auth.user?.name).toBe("Ann");
    await ann.client.auth.logout();
    await expect(ann.client.collection("notes").list()).rejects.toMatchObject({ status: 401 });
    const back = await ann.client.auth.login({ email: ann.email, password: PASSWORD });
    expect(back.status).toBe("signed_in");
    expect((await ann.client.collection("notes").get(note.id)).text).toBe("mine");
  });

  it("renew their session, and lose it where it was ended elsewhere", async () => {
    const { client } = await person();
    const before = client.auth.session;
    await client.auth.refresh();
    expect(client.auth.session?.access_token).not.toBe(before?.access_token);
    await client.auth.logout({ everywhere: true });
    expect(client.auth.user).toBeNull();
  });

  it("are told what is wrong with what they type", async () => {
    const client = createClient({ url, project: "blog" });
    const data = { email: "nobody@example.com", password: "wrong password" };
    await expect(client.auth.login(data)).rejects.toMatchObject({
      status: 401,
      code: "auth_credentials_invalid",
    });
    expect(await client.auth.oauth.providers()).toEqual([{ name: "corp", type: "oidc" }]);
  });
});

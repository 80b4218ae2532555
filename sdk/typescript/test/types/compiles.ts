/** What must compile, and what must not: checked by tsc, never run. */
import { createClient, reference } from "@backendify/client";

import type { Schema } from "./schema.js";

const client = createClient<Schema>({ url: "http://localhost", project: "blog" });
const posts = client.collection("posts");

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? 1 : 0;
function same<A, B>(_: Same<A, B>): void {}

export async function fields(): Promise<void> {
  // @ts-expect-error There is no such collection.
  client.collection("post");

  await posts.list({ filter: { title: "a", views__gte: 1, status__in: ["draft"], slug: null } });
  // @ts-expect-error There is no such field.
  await posts.list({ filter: { titel: "a" } });
  // @ts-expect-error Not even beside one that there is.
  await posts.list({ filter: { title: "a", titel: "a" } });
  // @ts-expect-error There is no such option.
  await posts.list({ filtr: { title: "a" } });
}

export async function operators(): Promise<void> {
  await posts.list({
    filter: { views__between: [1, 2], title__icontains: "a", words__any: ["a"] },
  });
  await posts.list({ filter: { published_at__lt: new Date(), words__contains: "a" } });
  // @ts-expect-error Numbers hold no text.
  await posts.list({ filter: { views__contains: "1" } });
  // @ts-expect-error There is no such operator.
  await posts.list({ filter: { title__like: "a" } });
  // @ts-expect-error Arrays have no order.
  await posts.list({ filter: { words__gt: ["a"] } });
}

export async function values(): Promise<void> {
  // @ts-expect-error A number.
  await posts.list({ filter: { views: "1" } });
  // @ts-expect-error One of the values.
  await posts.list({ filter: { status: "gone" } });
  // @ts-expect-error A list.
  await posts.list({ filter: { status__in: "draft" } });
  // @ts-expect-error A pair.
  await posts.list({ filter: { views__between: [1] } });
  // @ts-expect-error True or false.
  await posts.list({ filter: { slug__isnull: "yes" } });
}

export async function relations(): Promise<void> {
  await posts.list({
    filter: {
      author__name__icontains: "a",
      author: { mentor: { country__in: ["DE"] } },
      author_id: "id",
      comments: { text__contains: "a" },
      comments__isnull: true,
      tags__in: [1],
      meta__color: "red",
      meta__size__gt: 3,
      or: [{ author__country: "DE" }, { not: { tags: { name: "old" } } }],
    },
  });
  await posts.list({ filter: { author: "id" } });
  // @ts-expect-error There is no such field of the author.
  await posts.list({ filter: { author__nam: "a" } });
  // @ts-expect-error Nor when it is nested.
  await posts.list({ filter: { author: { nam: "a" } } });
  // @ts-expect-error However deep.
  await posts.list({ filter: { author: { mentor: { name__like: "a" } } } });
  // @ts-expect-error Tags have numbers for ids.
  await posts.list({ filter: { tags__in: ["1"] } });
  // @ts-expect-error Within or, too.
  await posts.list({ filter: { or: [{ titel: "a" }] } });
}

export async function sorts(): Promise<void> {
  await posts.list({ sort: "-created_at" });
  await posts.list({ sort: ["author.name", "-views:nullslast"] });
  // @ts-expect-error There is no such field.
  await posts.list({ sort: "titel" });
  // @ts-expect-error JSON has no order.
  await posts.list({ sort: "meta" });
  // @ts-expect-error A relation to many leads to no one value.
  await posts.list({ sort: "comments.text" });
}

export async function results(): Promise<void> {
  const plain = await posts.list();
  // @ts-expect-error Not without expand.
  plain.data[0]?.author;
  same<(typeof plain.data)[0]["tags"], number[]>(1);

  const { data } = await posts.list({ expand: { author: { expand: "mentor" }, tags: true } });
  data[0]?.author?.mentor?.name.length;
  data[0]?.tags[0]?.name.length;
  // @ts-expect-error It may be null.
  data[0]?.author.name;

  const chosen = await posts.get("id", { fields: ["title", "author.name", "comments.text"] });
  same<typeof chosen.title, string>(1);
  same<typeof chosen.author, { name: string } | null>(1);
  same<(typeof chosen.comments)[0], { text: string }>(1);
  // @ts-expect-error It was not asked for.
  chosen.views;

  const comments = await posts.list({
    expand: {
      comments: { fields: ["text"], filter: { text__contains: "a" }, sort: "-id", limit: 1 },
    },
  });
  same<(typeof comments.data)[0]["comments"], { text: string }[]>(1);

  for await (const post of posts.all({ expand: ["author", "comments"] })) {
    same<(typeof post.comments)[0]["post_id"], string | null>(1);
    post.author?.country?.length;
  }
}

export async function expands(): Promise<void> {
  // @ts-expect-error There is no such relation.
  await posts.list({ expand: "autor" });
  // @ts-expect-error A field is none.
  await posts.list({ expand: ["author", "title"] });
  // @ts-expect-error Not even beside one that there is.
  await posts.list({ expand: { author: true, coments: true } });
  // @ts-expect-error Below another, neither.
  await posts.list({ expand: { author: { expand: "boss" } } });
  // @ts-expect-error There is no such field of the comments.
  await posts.list({ expand: { comments: { filter: { text: "a", txt: "b" } } } });
  // @ts-expect-error There is no such option.
  await posts.list({ expand: { comments: { limt: 5 } } });
  // @ts-expect-error One record has no page.
  await posts.list({ expand: { author: { limit: 5 } } });
  // @ts-expect-error There is no such field.
  await posts.get("id", { fields: ["titel"] });
  // @ts-expect-error Nor of the author.
  await posts.get("id", { fields: ["author.titel"] });
}

export async function writes(): Promise<void> {
  await posts.create({ title: "a", published_at: new Date(), tags: [1], meta: { a: [1, null] } });
  // @ts-expect-error It needs a title.
  await posts.create({ slug: "a" });
  // @ts-expect-error There is no such field.
  await posts.create({ title: "a", titel: "b" });
  // @ts-expect-error The server sets it.
  await posts.create({ title: "a", created_at: "2026-01-01" });
  const list = await posts.create([{ title: "a" }, { title: "b" }]);
  same<(typeof list)[0]["title"], string>(1);

  await posts.update("id", { views: { $inc: 1 }, words: { $append: "a" }, slug: null });
  // @ts-expect-error A text takes no steps.
  await posts.update("id", { title: { $inc: 1 } });
  // @ts-expect-error A title is required.
  await posts.update("id", { title: null });
  // @ts-expect-error An id is a text here.
  await posts.update(1, { title: "a" });
  await client.collection("tags").get(1);
  // @ts-expect-error And a number there.
  await client.collection("tags").get("1");

  await posts.upsert({ title: "a", slug: "a" }, { onConflict: "slug" });
  // @ts-expect-error It is not unique.
  await posts.upsert({ title: "a" }, { onConflict: "title" });
  // @ts-expect-error A bulk change has a bound.
  await posts.updateWhere({ status: "draft" }, { status: "published" });
  // @ts-expect-error The owner is set by default, and need not be given; a text is a text.
  await client.collection("notes").create({ text: 1 });
}

export async function batches(): Promise<void> {
  const [author, post, gone] = await client.batch([
    { op: "create", collection: "authors", ref: "a", data: { name: "Ann" } },
    { op: "create", collection: "posts", data: { title: "x", author_id: reference("a", "id") } },
    { op: "delete", collection: "posts", where: { title: "x" }, max_affected: 1 },
  ]);
  same<typeof author.body.name, string>(1);
  same<typeof post.body.views, number | null>(1);
  same<typeof gone.body, { affected: number }>(1);
  // @ts-expect-error There is no such field.
  await client.batch([{ op: "create", collection: "authors", data: { nam: "Ann" } }]);
  // @ts-expect-error There is no such operation.
  await client.batch([{ op: "make", collection: "authors", data: { name: "Ann" } }]);
}

export function events(): void {
  posts.subscribe(
    (event) => {
      if (event.type === "record.created") same<typeof event.record.title, string>(1);
      if (event.type === "record.deleted") same<typeof event.previous.title, string>(1);
      // @ts-expect-error It may be null.
      event.record.title;
    },
    { filter: { status: "published" } },
  );
  // @ts-expect-error There is no such field.
  posts.subscribe(() => undefined, { filter: { titel: "a" } });
}

export function channels(): void {
  type Events = { cursor: { x: number }; typing: boolean };
  const presence = { name: "Ann" };
  const room = client.channel<Events, { name: string }>("room:1", { presence });
  room.on("cursor", ({ x }) => same<typeof x, number>(1));
  same<(typeof room.members)[0]["presence"]["name"], string>(1);
  room.broadcast("cursor", { x: 1 });
  // @ts-expect-error There is no such event.
  room.broadcast("curser", { x: 1 });
  // @ts-expect-error A cursor has an x.
  room.broadcast("cursor", {});
  // @ts-expect-error A member has a name.
  room.setPresence({ nam: "Ann" });
  client.channel("room:2").broadcast("anything", 1);
}

export async function untyped(): Promise<void> {
  const loose = createClient({ project: "blog" });
  const page = await loose.collection("anything").list({
    filter: { whatever__gt: 1 },
    expand: { author: { limit: 1 } },
    sort: "-x",
    fields: ["a", "b.c"],
  });
  const title: string = page.data[0]?.title;
  await loose.collection("anything").update(1, { title });
}

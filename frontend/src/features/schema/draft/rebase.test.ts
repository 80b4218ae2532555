import { expect, test } from "vitest";

import type { Collection, Field } from "@/lib/collections";

import { rebase } from "./rebase";

const TITLE: Field = { id: "f1", name: "title", type: "string" };
const PAGES: Field = { id: "f2", name: "pages", type: "int" };

function books(fields: Field[], rest: Partial<Collection> = {}): Collection {
  return { id: "c1", name: "books", ...rest, fields };
}

function doc(...collections: Collection[]) {
  return { collections };
}

const BASE = doc(books([TITLE, PAGES]));

test("changes of both sides are there, the new ones behind", () => {
  const mine = doc(books([{ ...TITLE, required: true }, PAGES, { name: "isbn", type: "string" }]));
  const theirs = doc(
    books([{ ...TITLE, label: "Title" }, PAGES, { id: "f3", name: "due", type: "date" }]),
    { id: "c2", name: "authors", fields: [] },
  );
  const { document, clashes } = rebase(BASE, mine, theirs);
  expect(clashes).toEqual([]);
  expect(document.collections[0]?.fields).toEqual([
    { ...TITLE, label: "Title", required: true },
    PAGES,
    { id: "f3", name: "due", type: "date" },
    { name: "isbn", type: "string" },
  ]);
  expect(document.collections[1]?.name).toBe("authors");
});

test("where both changed the same, the draft's stays, and that is told", () => {
  const mine = doc(books([{ ...TITLE, max_length: 10 }, PAGES]));
  const theirs = doc(books([{ ...TITLE, max_length: 20 }, PAGES]));
  const { document, clashes } = rebase(BASE, mine, theirs);
  expect(document.collections[0]?.fields[0]?.max_length).toBe(10);
  expect(clashes).toEqual([{ kind: "both", place: "books.title: max_length" }]);
  expect(rebase(BASE, mine, mine).clashes).toEqual([]);
});

test("what was removed there stays removed, and what the draft says of it is told", () => {
  const mine = doc(books([TITLE, { ...PAGES, label: "Pages" }]));
  const { document, clashes } = rebase(BASE, mine, doc(books([TITLE])));
  expect(document.collections[0]?.fields).toEqual([TITLE]);
  expect(clashes).toEqual([{ kind: "gone", place: "books.pages" }]);
});

test("what the draft removes is removed, and told where it was changed meanwhile", () => {
  const mine = doc(books([TITLE]));
  const quiet = rebase(BASE, mine, BASE);
  expect([quiet.document.collections[0]?.fields, quiet.clashes]).toEqual([[TITLE], []]);
  const theirs = doc(books([TITLE, { ...PAGES, unique: true }]));
  expect(rebase(BASE, mine, theirs).clashes).toEqual([{ kind: "removed", place: "books.pages" }]);
});

test("relations and indexes follow names that were changed meanwhile", () => {
  const mine = doc(books([TITLE, PAGES], { indexes: [{ fields: ["-title", "pages"] }] }), {
    name: "notes",
    fields: [{ name: "book", type: "relation", to: "books" }],
  });
  const theirs = doc(books([{ ...TITLE, name: "heading" }, PAGES], { name: "volumes" }));
  const { document } = rebase(BASE, mine, theirs);
  expect(document.collections[0]).toMatchObject({
    name: "volumes",
    indexes: [{ fields: ["-heading", "pages"] }],
  });
  expect(document.collections[1]?.fields[0]?.to).toBe("volumes");
});

test("what both added under one name is one thing, with the id it has", () => {
  const mine = doc(books([TITLE, PAGES, { name: "due", type: "datetime" }]));
  const theirs = doc(books([TITLE, PAGES, { id: "f3", name: "due", type: "date" }]));
  const { document, clashes } = rebase(BASE, mine, theirs);
  expect(document.collections[0]?.fields[2]).toEqual({ id: "f3", name: "due", type: "datetime" });
  expect(clashes).toEqual([{ kind: "both", place: "books.due: type" }]);
});

import { expect, test } from "vitest";

import type { Collection } from "@/lib/collections";

import {
  goneWith,
  pointerOf,
  withChangedCollection,
  withField,
  withoutCollection,
  withoutField,
} from "./editing";
import { countChanges, standingOf } from "./standing";

const TITLE = { id: "f1", name: "title", type: "string" };
const AUTHOR = { id: "f2", name: "author", type: "relation", to: "authors" };
const BOOKS: Collection = {
  id: "c1",
  name: "books",
  fields: [TITLE, AUTHOR],
  indexes: [{ fields: ["-title", "created_at"] }],
  unique: [["author", "title"]],
};
const AUTHORS: Collection = {
  id: "c2",
  name: "authors",
  fields: [
    { id: "f3", name: "books", type: "relation", kind: "has_many", to: "books", via: "author" },
  ],
};
const SCHEMA = { collections: [BOOKS, AUTHORS] };

test("the order of members is no change", () => {
  expect(standingOf({ type: "string", name: "title", id: "f1" }, BOOKS.fields)).toBe("same");
  expect(countChanges(structuredClone(SCHEMA), SCHEMA)).toBe(0);
});

test("a renamed field stays where it is, and what names it follows", () => {
  const renamed = withField(SCHEMA, "books", { ...TITLE, name: "name" }, "title");
  expect(renamed.collections[0]?.fields.map((field) => field.name)).toEqual(["name", "author"]);
  expect(renamed.collections[0]?.indexes).toEqual([{ fields: ["-name", "created_at"] }]);
  expect(renamed.collections[0]?.unique).toEqual([["author", "name"]]);
  expect(countChanges(renamed, SCHEMA)).toBe(1);
  const other = withField(SCHEMA, "books", { ...AUTHOR, name: "writer" }, "author");
  expect(other.collections[1]?.fields[0]?.via).toBe("writer");
});

test("relations follow a renamed collection", () => {
  const renamed = withChangedCollection(SCHEMA, { ...AUTHORS, name: "writers" }, "authors");
  expect(renamed.collections[0]?.fields[1]?.to).toBe("writers");
});

test("with a field go its indexes and the other side of a relation", () => {
  const after = withoutField(SCHEMA, "books", "author");
  expect(after.collections[0]?.unique).toEqual([]);
  expect(after.collections[0]?.indexes).toHaveLength(1);
  expect(after.collections[1]?.fields).toEqual([]);
  expect(goneWith(SCHEMA, after, "books.author")).toEqual(["1 index", "authors.books"]);
});

test("with a collection go the relations to it", () => {
  const after = withoutCollection(SCHEMA, "authors");
  expect(after.collections.map((each) => each.fields)).toEqual([[TITLE]]);
  expect(goneWith(SCHEMA, after, "authors")).toEqual(["books.author", "1 index"]);
  expect(countChanges(after, SCHEMA)).toBe(2);
});

test("a part of the document is found by its pointer", () => {
  expect(pointerOf(SCHEMA, "authors")).toBe("/collections/1");
  expect(pointerOf(SCHEMA, "books", "author")).toBe("/collections/0/fields/1");
});

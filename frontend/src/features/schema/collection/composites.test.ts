import { expect, test } from "vitest";

import { compositesOf, indexableNames, pointerTo, withComposite } from "./composites";

const BOOKS = {
  name: "books",
  fields: [
    { name: "title", type: "string" },
    { name: "tags", type: "relation", kind: "many_to_many" as const },
  ],
  indexes: [{ id: "i1", fields: ["title", "-created_at"] }],
  unique: [["title", "id"]],
};
const [unique, plain] = compositesOf(BOOKS);
const title = { name: "title", descending: true };

test("indexes and uniques are one list, each with its own place", () => {
  expect(unique).toMatchObject({ isUnique: true, place: 0 });
  expect(plain?.parts).toEqual([
    { name: "title", descending: false },
    { name: "created_at", descending: true },
  ]);
});

test("one is added, changed, moved to the other list, taken out", () => {
  const added = withComposite(BOOKS, undefined, { isUnique: false, parts: [title] });
  expect(added.indexes?.map(({ fields }) => fields)).toEqual([
    ["title", "-created_at"],
    ["-title"],
  ]);
  expect(pointerTo(added, undefined, false)).toBe("/indexes/1");
  const changed = withComposite(BOOKS, plain, { isUnique: false, parts: [title] });
  expect(changed.indexes).toEqual([{ fields: ["-title"] }]);
  const moved = withComposite(BOOKS, plain, { isUnique: true, parts: [title] });
  expect(moved).toMatchObject({ indexes: [], unique: [["title", "id"], ["title"]] });
  expect(pointerTo(moved, plain, true)).toBe("/unique/1");
  expect(withComposite(BOOKS, unique, null)).toMatchObject({ indexes: BOOKS.indexes, unique: [] });
});

test("one that is not touched keeps its id", () => {
  const same = plain ? withComposite(BOOKS, plain, plain) : null;
  expect(same?.indexes).toEqual(BOOKS.indexes);
});

test("only what has a column can be indexed", () => {
  expect(indexableNames({ ...BOOKS, created_by: true })).toEqual([
    "title",
    "created_at",
    "updated_at",
    "created_by",
    "id",
  ]);
});

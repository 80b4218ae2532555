import { expect, test } from "vitest";

import type { Collection, Field } from "@/lib/collections";

import { drawnFields, layOut, relationsOf } from "./layout";

function collection(name: string, ...fields: Partial<Field>[]): Collection {
  return { name, fields: fields.map((each) => ({ type: "relation", name: "x", ...each })) };
}

test("what leads to another stands left of it", () => {
  const spots = layOut([
    collection("countries"),
    collection("books", { name: "author", to: "authors" }),
    collection("authors", { name: "country", to: "countries" }),
    collection("notes", { name: "text", type: "text" }),
  ]);
  const x = (name: string) => spots.get(name)?.x ?? -1;
  expect(x("books")).toBeLessThan(x("authors"));
  expect(x("authors")).toBeLessThan(x("countries"));
  expect(x("notes")).toBeGreaterThan(x("countries"));
});

test("circles and collections that lead to themselves are drawn too", () => {
  const circle = [
    collection("a", { name: "b", to: "b" }, { name: "a", to: "a" }),
    collection("b", { name: "a", to: "a" }),
  ];
  expect(layOut(circle).size).toBe(2);
  expect(relationsOf(circle)).toHaveLength(3);
});

test("the other side of a relation is no line of its own, and no collection is endless", () => {
  const many = Array.from({ length: 30 }, (_, index) => ({ name: `f${index}`, type: "int" }));
  const books = collection("books", ...many, { name: "notes", kind: "has_many", to: "books" });
  expect(relationsOf([books])).toEqual([]);
  expect(drawnFields(books)).toHaveLength(12);
});

import { expect, test } from "vitest";

import { changedFields } from "@/features/audit/changed-fields";

test("of an update only what differs is told, and not the time of the change", () => {
  const before = { title: "A", tags: ["x"], updated_at: "1", price: null };
  const after = { title: "B", tags: ["x"], updated_at: "2", price: 3 };
  expect(changedFields({ before, after })).toEqual([
    { name: "title", before: "A", after: "B" },
    { name: "price", before: null, after: 3 },
  ]);
});

test("of a new record all is told that it has", () => {
  expect(changedFields({ before: null, after: { title: "A", price: null } })).toEqual([
    { name: "title", before: undefined, after: "A" },
  ]);
});

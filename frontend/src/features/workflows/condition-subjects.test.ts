import { expect, test } from "vitest";

import { subjectsAt } from "@/features/workflows/condition-subjects";
import type { Definition } from "@/features/workflows/definition";
import type { Collection } from "@/lib/collections";

const COLLECTIONS = [
  { name: "orders", id_type: "uuid", fields: [{ name: "total", type: "int" }] },
  { name: "people", id_type: "uuid", fields: [{ name: "name", type: "string" }] },
] as Collection[];

const DEFINITION: Definition = {
  name: "x",
  description: null,
  run_as: "project",
  max_concurrent: 1,
  trigger: { type: "record.created", collection: "orders" },
  steps: [
    { id: "found", action: "data.list", with: { collection: "people" } },
    {
      id: "each",
      action: "for_each",
      with: { items: "{{ steps.found.data }}" },
      steps: [
        { id: "call", action: "http.request", with: {} },
        { id: "good", action: "condition", with: {} },
      ],
    },
    { id: "last", action: "condition", with: {} },
  ],
};

const pathsAt = (path: number[]) =>
  subjectsAt(DEFINITION, path, COLLECTIONS).map((each) => each.path);

test("a condition asks about the record and what was put out before it, not after", () => {
  expect(pathsAt([0])).toContain("record.total");
  expect(pathsAt([0]).some((path) => path.startsWith("steps."))).toBe(false);
  expect(pathsAt([2])).toContain("steps.found.data.0.name");
  expect(pathsAt([2])).not.toContain("steps.call.response.status");
});

test("within a body it asks about the item too", () => {
  expect(pathsAt([1, 1])).toEqual(
    expect.arrayContaining(["item.name", "index", "steps.call.response.status", "record.total"]),
  );
});

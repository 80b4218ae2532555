import { expect, test } from "vitest";

import { fromCondition, type Group, otherSubjects, type Subject, toCondition } from "./conditions";

const SUBJECTS: Subject[] = [
  { path: "title", label: "title", type: "string" },
  { path: "price", label: "price", type: "decimal" },
  { path: "author__name", label: "author.name", type: "string" },
];

const GROUPS: [string, Group, unknown][] = [
  ["nothing", { match: "all", rows: [] }, null],
  [
    "all",
    {
      match: "all",
      rows: [
        { path: "title", operator: "eq", value: "Solaris" },
        { path: "price", operator: "gte", value: 9 },
      ],
    },
    { title: "Solaris", price__gte: 9 },
  ],
  [
    "the same key twice",
    {
      match: "all",
      rows: [
        { path: "title", operator: "icontains", value: "a" },
        { path: "title", operator: "icontains", value: "b" },
      ],
    },
    { and: [{ title__icontains: "a" }, { title__icontains: "b" }] },
  ],
  [
    "any",
    {
      match: "any",
      rows: [
        { path: "author__name", operator: "startswith", value: "L" },
        { path: "price", operator: "isnull", value: true },
      ],
    },
    { or: [{ author__name__startswith: "L" }, { price__isnull: true }] },
  ],
];

test.each(GROUPS)("%s goes there and back", (_, group, condition) => {
  expect(toCondition(group)).toEqual(condition);
  expect(fromCondition(condition as Record<string, unknown>, SUBJECTS)).toEqual(group);
});

test("rows that are not filled in ask nothing", () => {
  const rows = [{ path: "title", operator: "eq", value: "" }];
  expect(toCondition({ match: "all", rows })).toBeNull();
});

test("a condition deeper than rows is left alone", () => {
  expect(fromCondition({ not: { title: "x" } }, SUBJECTS)).toBeNull();
  expect(fromCondition({ unknown: 1 }, SUBJECTS)).toBeNull();
  expect(fromCondition({ or: [{ title: "a", price: 1 }, { price: 2 }] }, SUBJECTS)).toBeNull();
  expect(fromCondition({ title: { sub: 1 } }, SUBJECTS)).toBeNull();
});

test("what is asked about and not known becomes a row by its path", () => {
  const where = { title: "a", "steps.call.response.status__gte": 400 };
  const others = otherSubjects(where, SUBJECTS);
  expect(others).toEqual([
    { path: "steps.call.response.status", label: "steps.call.response.status", type: "any" },
  ]);
  expect(fromCondition(where, [...SUBJECTS, ...others])?.rows).toEqual([
    { path: "title", operator: "eq", value: "a" },
    { path: "steps.call.response.status", operator: "gte", value: 400 },
  ]);
});

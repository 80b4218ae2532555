import { expect, test } from "vitest";

import { shortened, spelledOut } from "./scopes";

test("words for several actions are spelled out, and found again", () => {
  const spelled = spelledOut(["books:*", "authors:write", "authors:list"]);
  expect(spelled).toContain("books:delete");
  expect(spelled).not.toContain("authors:read");
  expect(shortened(spelled)).toEqual(["books:*", "authors:list", "authors:write"]);
});

test("all five actions on every collection are not everything", () => {
  const all = ["list", "read", "create", "update", "delete"].map((action) => `*:${action}`);
  expect(shortened(all)).toEqual(["*:list", "*:read", "*:write"]);
  expect(spelledOut(["*:*"])).toEqual(["*:*"]);
});

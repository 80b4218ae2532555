import { expect, test } from "vitest";

import type { PolicyTest } from "./api";
import { blankTest, fromTest, toTest } from "./test-form";

const STORED = {
  id: "1",
  name: "an author does not publish",
  as: { user: { id: { $ref: "a.id" } } },
  given: [{ ref: "a", collection: "users", data: { email: "a@example.com" } }],
  do: { action: "update", collection: "posts", record_id: { $ref: "p.id" }, data: { s: 1 } },
  expect: { allowed: false, error: "policy_check_failed" },
  created_at: "",
  updated_at: "",
} as PolicyTest;

test("a stored test goes there and back", () => {
  const { name, as, given, do: does, expect: wanted } = STORED;
  expect(toTest(fromTest(STORED))).toEqual({ name, as, given, do: does, expect: wanted });
});

test("an explained question becomes a test", () => {
  const search = { principal: "role:editor", collection: "posts", action: "read", record: "7" };
  expect(toTest({ ...blankTest(search, ""), name: "n" })).toEqual({
    name: "n",
    as: { role: "editor" },
    given: [],
    do: { action: "read", collection: "posts", record_id: "7" },
    expect: { allowed: true },
  });
});

import { expect, test } from "vitest";

import { blankPolicy, policySchema, toPolicy } from "./policy-form";

const BLANK = blankPolicy({ collection: "posts", action: "read", principal: "anonymous" });

test("who asks to read a record will want the list too", () => {
  expect(BLANK.actions).toEqual(["list", "read"]);
  expect(blankPolicy({ collection: "posts", action: "update" }).actions).toEqual(["update"]);
});

test("what the effect and the actions leave no room for is not sent", () => {
  const edited = { ...BLANK, check: { a: 1 }, presets: { a: 1 }, require_verified_email: true };
  expect(toPolicy(edited)).toMatchObject({
    check: null,
    presets: {},
    require_verified_email: true,
  });
  expect(toPolicy({ ...edited, effect: "deny", actions: ["create"] })).toMatchObject({
    check: { a: 1 },
    presets: {},
    require_verified_email: false,
  });
});

test("a condition that is no JSON yet does not pass", () => {
  expect(policySchema.safeParse({ ...BLANK, name: "x" }).success).toBe(true);
  expect(policySchema.safeParse({ ...BLANK, name: "x", where: undefined }).success).toBe(false);
});

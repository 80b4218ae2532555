import { expect, test } from "vitest";

import { conditionInWords } from "./words";

test.each([
  [{ author: "$user.id", status: "draft" }, "author is $user.id and status is draft"],
  [{ org__members__user_id: "$user.id" }, "org › members › user_id is $user.id"],
  [{ status__in: ["a", "b"] }, "status is one of a, b"],
  [{ or: [{ a: 1 }, { b: 2, c__isnull: false }] }, "a is 1 or (b is 2 and c is not empty)"],
  [{ not: { votes__gt: "$old.votes" } }, "not votes is over $old.votes"],
  [{ org: { members: { role: "admin" } } }, "org has members has role is admin"],
])("%j", (condition, words) => {
  expect(conditionInWords(condition)).toBe(words);
});

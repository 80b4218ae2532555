import { expect, test } from "vitest";

import { policySubjects, subjectAt } from "./subjects";

const USERS = { name: "users", fields: [{ name: "email", type: "email" }] };
const SEATS = {
  name: "seats",
  fields: [{ name: "user", type: "relation", to: "users" }],
};
const ORGS = {
  name: "orgs",
  fields: [{ name: "members", type: "relation", kind: "has_many" as const, to: "seats" }],
};
const POSTS = {
  name: "posts",
  fields: [
    { name: "status", type: "enum", values: ["draft"] },
    { name: "org", type: "relation", to: "orgs" },
  ],
};
const ALL = [USERS, SEATS, ORGS, POSTS];

test("a path is followed through relations, to a field or to a relation's id", () => {
  expect(subjectAt("org__members__user_id", POSTS, ALL)?.path).toBe("org__members__user_id");
  expect(subjectAt("status__in", POSTS, ALL)).toMatchObject({ path: "status", type: "enum" });
  expect(subjectAt("org__nothing", POSTS, ALL)).toBeNull();
});

test("a deeper path that the condition has can be chosen too", () => {
  const paths = policySubjects(POSTS, ALL, { org__members__user_id: "$user.id" }).map(
    ({ path }) => path,
  );
  expect(paths).toContain("org__members__user_id");
  expect(paths.filter((path) => path === "status")).toHaveLength(1);
});

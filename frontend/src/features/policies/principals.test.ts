import { expect, test } from "vitest";

import { principalLabel, principalOf, reachedBy, subjectOf } from "./principals";

test.each([
  "anonymous",
  "app_user",
  "app_user (unverified)",
  "role:editor",
  "user:0192",
  "member:viewer",
  "api_key:0192",
])("%s goes to the API's words and back", (principal) => {
  expect(principalOf(subjectOf(principal))).toBe(principal);
});

test("a described user has no name", () => {
  expect(principalOf({ user: { name: "x" } })).toBeNull();
});

test("a policy reaches one user as whoever is signed in", () => {
  expect(reachedBy("user:0192")).toBe("app_user");
  expect(reachedBy("role:editor")).toBe("role:editor");
  expect(reachedBy("member:viewer")).toBe("admin_user");
});

test("a key is called by its name, or by the end of its id", () => {
  const people = { roles: [], keys: [{ id: "0192abcd", name: "Website" }] };
  expect(principalLabel("api_key:0192abcd", people)).toBe("Key Website");
  expect(principalLabel("api_key:0192abcd")).toBe("Key …abcd");
});

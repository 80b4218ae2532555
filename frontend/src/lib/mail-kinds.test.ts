import { expect, test } from "vitest";

import { mailKindName } from "@/lib/mail-kinds";

test("a kind of mail has a name, also one that is new", () => {
  expect(mailKindName("otp")).toBe("Code to sign in");
  expect(mailKindName("something_new")).toBe("Something new");
});

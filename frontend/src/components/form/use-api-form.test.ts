import { expect, test } from "vitest";

import { placeOf } from "./use-api-form";

test("a pointer leads to the deepest value that the form has", () => {
  const values = { name: "", rules: [{ value: "" }] };
  expect(placeOf("/name", values)).toBe("name");
  expect(placeOf("/rules/0/value/1", values)).toBe("rules.0.value");
  expect(placeOf("/rules/7", values)).toBe("rules");
  expect(placeOf("/other", values)).toBeNull();
  expect(placeOf("", values)).toBeNull();
});

import { expect, test } from "vitest";

import type { Field } from "@/lib/collections";

import { fieldSchema, fromField, toField } from "./field-form";

function again(field: Field, change: object = {}): Field {
  return toField({ ...fromField(field, []), ...change }, field);
}

test.each<Field>([
  { id: "1", name: "title", type: "string", required: true, min_length: 2, max_length: 80 },
  { name: "code", type: "text", index: "trigram", collation: "C", searchable: true, hidden: true },
  { name: "total", type: "decimal", precision: 8, scale: 2, min: "0.10", max: 99, default: "1.50" },
  { name: "due", type: "date", default: { generated: "today" }, min: "2026-01-01" },
  { name: "at", type: "datetime", min: "2026-01-01T10:00:00+00:00", index: true, unique: true },
  { name: "state", type: "enum", values: ["a, b", "c"], default: "c" },
  { name: "tags", type: "array(string)", default: ["x"] },
  { name: "meta", type: "json", default: { generated: "now" } },
  { name: "on", type: "boolean", default: false, label: "On", description: "Whether" },
  { name: "owner", type: "relation", to: "users", kind: "belongs_to", on_delete: "cascade" },
  { name: "notes", type: "relation", to: "notes", kind: "has_many", via: "book" },
  {
    name: "iban",
    type: "string",
    validations: [
      { rule: "regex", value: "^[A-Z]{2}", message: "Two capital letters." },
      { rule: "min_length", value: 5 },
      { rule: "not_empty" },
      { rule: "enum", value: ["DE", "FR"] },
    ],
  },
  { name: "age", type: "int", validations: [{ rule: "between", value: [1, 150] }] },
])("$name: what is not touched stays as it is", (field) => {
  expect(again(field)).toEqual(field);
  expect(fieldSchema([]).safeParse(fromField(field, [])).success).toBe(true);
});

test("a new type takes out what only the old one has", () => {
  const field: Field = {
    name: "title",
    type: "string",
    max_length: 5,
    validations: [{ rule: "email" }, { rule: "regex", value: "x" }],
    default: "abc",
  };
  expect(again(field, { type: "text" })).toEqual({ ...field, type: "text" });
  expect(again(field, { type: "uuid", default_kind: "uuid" })).toEqual({
    name: "title",
    type: "uuid",
    default: { generated: "uuid" },
  });
  expect(again(field, { type: "relation", kind: "many_to_many", to: "users" })).toEqual({
    name: "title",
    type: "relation",
    kind: "many_to_many",
    to: "users",
  });
});

test("a number is one only where it loses no digit", () => {
  const field: Field = { name: "n", type: "decimal" };
  expect(again(field, { min: "0.1", max: "12345678901234567890.5" })).toMatchObject({
    min: 0.1,
    max: "12345678901234567890.5",
  });
});

test("a default that is no JSON is refused where it is typed", () => {
  const values = { ...fromField({ name: "meta", type: "json" }, []), default_kind: "value" };
  const { error } = fieldSchema([]).safeParse({ ...values, default: "{" });
  expect(error?.issues.map(({ path }) => path)).toEqual([["default"]]);
});

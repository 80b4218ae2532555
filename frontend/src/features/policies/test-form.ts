/** Between a stored policy test and the form that edits it. */
import { z } from "zod";

import type { PolicyTest, Subject } from "@/features/policies/api";
import { principalOf, subjectOf } from "@/features/policies/principals";
import type { PoliciesSearch } from "@/features/policies/routes";
import { strings } from "@/features/policies/strings";

export type TestValues = {
  name: string;
  /** Null: `as` describes a user, in `subject`. */
  principal: string | null;
  subject: string;
  action: string;
  collection: string;
  record: string;
  data: string;
  where: string;
  given: string;
  allowed: boolean;
  more: string;
};

const json = z.string().refine((text) => text.trim() === "" || isJson(text), strings.badJson);

export const testSchema: z.ZodType<TestValues, TestValues> = z.object({
  name: z.string().trim().min(1, strings.nameHint).max(200),
  principal: z.string().nullable(),
  subject: json,
  action: z.string(),
  collection: z.string(),
  record: z.string(),
  data: json,
  where: json,
  given: json,
  allowed: z.boolean(),
  more: json,
});

/** From the question that stands in the address. */
export function blankTest(search: PoliciesSearch, collection: string): TestValues {
  return {
    name: "",
    principal: search.principal ?? "anonymous",
    subject: "",
    action: search.action ?? "list",
    collection: search.collection ?? collection,
    record: search.record ?? "",
    data: search.data ?? "",
    where: "",
    given: "",
    allowed: true,
    more: "",
  };
}

export function fromTest(test: PolicyTest): TestValues {
  const { action, collection, record_id: record, data, where } = test.do;
  const { allowed, ...more } = test.expect;
  const principal = principalOf(test.as as Subject);
  return {
    name: test.name,
    principal,
    subject: principal === null ? written(test.as) : "",
    action: String(action),
    collection: String(collection),
    record: typeof record === "object" && record !== null ? JSON.stringify(record) : text(record),
    data: written(data),
    where: written(where),
    given: test.given.length > 0 ? written(test.given) : "",
    allowed: allowed === true,
    more: Object.keys(more).length > 0 ? written(more) : "",
  };
}

export function toTest(values: TestValues): unknown {
  const { name, principal, action, collection, record, allowed } = values;
  return {
    name: name.trim(),
    as: principal === null ? parsed(values.subject) : subjectOf(principal),
    given: parsed(values.given) ?? [],
    do: {
      action,
      collection,
      ...(record.trim() && { record_id: isJson(record) ? parsed(record) : record.trim() }),
      ...(values.data.trim() && { data: parsed(values.data) }),
      ...(values.where.trim() && { where: parsed(values.where) }),
    },
    expect: { ...(parsed(values.more) as object | undefined), allowed },
  };
}

function written(value: unknown): string {
  return value === undefined || value === null ? "" : JSON.stringify(value, null, 2);
}

function text(value: unknown): string {
  return value === undefined || value === null ? "" : String(value);
}

function parsed(source: string): unknown {
  return source.trim() === "" ? undefined : JSON.parse(source);
}

function isJson(source: string): boolean {
  try {
    return typeof JSON.parse(source) === "object";
  } catch {
    return false;
  }
}

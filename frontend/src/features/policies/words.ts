/** Conditions as people would say them. */
import type { JsonCondition } from "@/components/condition-builder/conditions";

const WORDS: Record<string, string> = {
  neq: "is not",
  in: "is one of",
  notin: "is none of",
  gt: "is over",
  gte: "is at least",
  lt: "is under",
  lte: "is at most",
  between: "is between",
  contains: "contains",
  icontains: "contains",
  startswith: "starts with",
  endswith: "ends with",
  any: "has any of",
  all: "has all of",
  has_key: "has the key",
};

/** `author is $user.id and status is draft`. */
export function conditionInWords(condition: JsonCondition): string {
  return Object.entries(condition).map(memberInWords).join(" and ");
}

function memberInWords([key, value]: [string, unknown]): string {
  if ((key === "and" || key === "or") && Array.isArray(value)) {
    return value.map((each: JsonCondition) => bracketed(each)).join(` ${key} `);
  }
  if (key === "not") return `not ${bracketed(value as JsonCondition)}`;
  const at = key.lastIndexOf("__");
  const operator = at < 0 ? "" : key.slice(at + 2);
  if (operator === "isnull")
    return `${pathInWords(key.slice(0, at))} is ${value ? "" : "not "}empty`;
  const word = WORDS[operator];
  if (word) return `${pathInWords(key.slice(0, at))} ${word} ${valueInWords(value)}`;
  return isObject(value)
    ? `${pathInWords(key)} has ${bracketed(value)}`
    : `${pathInWords(key)} is ${valueInWords(value)}`;
}

function bracketed(condition: JsonCondition): string {
  const words = conditionInWords(condition);
  return Object.keys(condition).length > 1 ? `(${words})` : words;
}

function pathInWords(path: string): string {
  return path.replaceAll("__", " › ");
}

export function valueInWords(value: unknown): string {
  if (Array.isArray(value)) return value.map(valueInWords).join(", ");
  if (isObject(value)) return JSON.stringify(value);
  return value === null ? "empty" : String(value);
}

function isObject(value: unknown): value is JsonCondition {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Between the validation rules of a field and the rows of the form. */
import { parsedNumber } from "@/features/schema/field/constants";
import { isNumber, RULES } from "@/features/schema/field/types";

export type StoredRule = { rule: string; value?: unknown; message?: string };

/** `other` is the second of a pair. */
export type RuleRow = { rule: string; value: string; other: string; message: string };

export function fromRule({ rule, value, message }: StoredRule): RuleRow {
  const takes = RULES[rule]?.takes;
  const list = Array.isArray(value) ? value.map(String) : [];
  const [least = "", most = ""] = list;
  const said = { rule, other: "", message: message ?? "" };
  if (takes === "pair") return { ...said, value: least, other: most };
  if (takes === "list") return { ...said, value: list.join("\n") };
  return { ...said, value: value === undefined || value === null ? "" : String(value) };
}

export function toRule(row: RuleRow, type: string): StoredRule {
  const value = valueOf(row, type);
  return {
    rule: row.rule,
    ...(value !== undefined && { value }),
    ...(row.message.trim() && { message: row.message.trim() }),
  };
}

function valueOf({ rule, value, other }: RuleRow, type: string): unknown {
  const typed = (text: string) => (isNumber(type) ? parsedNumber(text) : text);
  switch (RULES[rule]?.takes) {
    case "nothing":
      return undefined;
    case "length":
      return parsedNumber(value);
    case "bound":
      return typed(value);
    case "pair":
      return [typed(value), typed(other)];
    case "list":
      return linesOf(value).map(typed);
    default:
      return value;
  }
}

export function linesOf(text: string): string[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);
}

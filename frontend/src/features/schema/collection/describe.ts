/** What a field's options come to, in a few words. */
import type { Generator } from "@/features/schema/field/types";
import { strings } from "@/features/schema/strings";
import type { Field } from "@/lib/collections";

const LONGEST = 24;

export function describeOptions(field: Field): string[] {
  const { min, max, min_length, max_length, values, validations } = field;
  const rules = Array.isArray(validations) ? validations.length : 0;
  return [
    ...(min_length !== undefined || max_length !== undefined
      ? [strings.lengths(shown(min_length ?? 0), shown(max_length ?? "…"))]
      : []),
    ...(min !== undefined ? [`≥ ${shown(min)}`] : []),
    ...(max !== undefined ? [`≤ ${shown(max)}`] : []),
    ...(values ? [cut(values.join(" | "))] : []),
    ...(rules > 0 ? [strings.moreRules(rules)] : []),
    ...defaultOf(field),
  ];
}

function defaultOf({ default: value }: Field): string[] {
  if (value === undefined || value === null) return [];
  const { generated } = value as { generated?: Generator };
  return [strings.defaultsTo(generated ? strings.generated[generated] : cut(shown(value)))];
}

function shown(value: unknown): string {
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function cut(text: string): string {
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}

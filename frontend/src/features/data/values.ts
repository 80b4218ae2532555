import type { Field } from "@/lib/collections";

const NUMBERS = new Set(["int", "float"]);

/** What somebody typed as the field's type has it; an empty line is null, but for texts. */
export function parsed(text: string, field: Field): unknown {
  if (text === "") return field.type === "string" && field.required ? "" : null;
  if (NUMBERS.has(field.type) && Number.isSafeInteger(Math.trunc(Number(text))))
    return Number(text);
  // Decimals stay texts: a JSON number would lose digits.
  return text;
}

/** Between a constant of the document (a default, a bound) and the text that somebody types. */
import { isNumber } from "@/features/schema/field/types";
import { fromLocal, toLocal } from "@/lib/moments";

export function isJsonLike(type: string): boolean {
  return type === "json" || type === "array";
}

export function shownConstant(value: unknown, type: string): string {
  if (value === undefined || value === null) return "";
  if (isJsonLike(type)) return JSON.stringify(value, null, 2);
  return type === "datetime" ? toLocal(value) : String(value);
}

/** The value that the text stands for; what is none yet stays text, and the API says why. */
export function parsedConstant(text: string, type: string): unknown {
  if (isNumber(type)) return parsedNumber(text);
  if (type === "boolean") return text === "true";
  if (type === "datetime") return fromLocal(text);
  return isJsonLike(type) ? (JSON.parse(text) as unknown) : text;
}

/** As a number only where it loses no digit. */
export function parsedNumber(text: string): number | string {
  return text.trim() !== "" && String(Number(text)) === text.trim() ? Number(text) : text.trim();
}

export function isReadable(text: string, type: string): boolean {
  if (!isJsonLike(type)) return true;
  try {
    return JSON.parse(text) !== null;
  } catch {
    return false;
  }
}

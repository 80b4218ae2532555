/** Which input a parameter gets, by its JSON Schema. Pure. */
export type Schema = Record<string, unknown>;

export type Kind =
  "collection" | "condition" | "pairs" | "choice" | "number" | "lines" | "line" | "list" | "json";

export type Param = {
  name: string;
  kind: Kind;
  isRequired: boolean;
  choices: string[];
  fallback: unknown;
};

const LINES = new Set(["text", "html", "body", "message"]);

export function paramsOf(schema: Schema): Param[] {
  const required = new Set(asList(schema.required));
  const properties = (schema.properties ?? {}) as Record<string, Schema>;
  return Object.entries(properties).map(([name, property]) => ({
    name,
    kind: kindOf(name, property),
    isRequired: required.has(name),
    choices: asList(property.enum),
    fallback: property.default,
  }));
}

function kindOf(name: string, property: Schema): Kind {
  if (name === "collection") return "collection";
  if (name === "where") return "condition";
  if (Array.isArray(property.enum)) return "choice";
  const types = typesOf(property);
  if (types.has("object")) return "pairs";
  if (types.has("array")) return "list";
  if (types.has("string")) return LINES.has(name) ? "lines" : "line";
  if (types.has("number") || types.has("integer")) return "number";
  return types.size === 0 && name === "value" ? "line" : "json";
}

function typesOf(property: Schema): Set<string> {
  const each = [property, ...((property.anyOf ?? []) as Schema[])];
  return new Set(each.flatMap(({ type }) => (typeof type === "string" ? [type] : [])));
}

function asList(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

/** A number, true, false and null as such, everything else as text: templates too. */
export function typedValue(text: string): unknown {
  if (/^-?(0|[1-9]\d{0,14})(\.\d{1,9})?$/.test(text)) return Number(text);
  if (text === "true" || text === "false") return text === "true";
  return text === "null" ? null : text;
}

export function shownValue(value: unknown): string {
  if (typeof value === "string") return value;
  return value === undefined ? "" : JSON.stringify(value);
}

/** One, or several with commas; a comma within a template is the template's. */
export function listValue(text: string): unknown {
  const parts = text.split(/,(?![^{]*\}\})/).map((part) => part.trim());
  return parts.length > 1 ? parts.map(typedValue) : text;
}

export function shownList(value: unknown): string {
  if (!Array.isArray(value)) return shownValue(value);
  return value.every((each) => typeof each !== "object") ? value.join(", ") : JSON.stringify(value);
}

/** Whether an object can be shown as rows of a name and a value. */
export function isFlat(value: unknown): value is Record<string, unknown> {
  if (value === undefined || value === null) return true;
  if (typeof value !== "object" || Array.isArray(value)) return false;
  return Object.values(value).every((each) => typeof each !== "object" || each === null);
}

/** What fields of each type take besides what every field takes. */
export const SCALARS = [
  "string",
  "text",
  "int",
  "decimal",
  "float",
  "boolean",
  "date",
  "datetime",
  "enum",
  "email",
  "url",
  "uuid",
] as const;

export const FIELD_TYPES = [...SCALARS, "relation", "json", "array", "file"] as const;

/** What an array may hold. */
export const ITEM_TYPES = SCALARS.filter((type) => type !== "enum");

const TEXTS = ["string", "text", "email", "url"];
const NUMBERS = ["int", "decimal", "float"];
const MOMENTS = ["date", "datetime"];

export function isText(type: string): boolean {
  return TEXTS.includes(type);
}

export function isNumber(type: string): boolean {
  return NUMBERS.includes(type);
}

export function hasBounds(type: string): boolean {
  return isNumber(type) || MOMENTS.includes(type);
}

/** The longest text where nothing else is said. */
export const USUAL_LENGTHS: Record<string, number> = { string: 255, email: 254, url: 2048 };

const GENERATORS: Record<string, readonly string[]> = {
  now: ["datetime"],
  today: ["date"],
  uuid: ["uuid", "string", "text"],
  user_id: ["uuid", "string", "text", "relation"],
};

export type Generator = "now" | "today" | "uuid" | "user_id";

/** What the API can make a default of by itself. */
export function generatorsOf(type: string): Generator[] {
  const names = Object.keys(GENERATORS) as Generator[];
  return names.filter((name) => GENERATORS[name]?.includes(type));
}

/** Relations and files lead to what is stored: no constant is known before. */
export function takesConstant(type: string): boolean {
  return type !== "relation" && type !== "file";
}

type RuleShape = { takes: "nothing" | "text" | "length" | "bound" | "pair" | "list"; of: string[] };

const TEXTLIKE = [...TEXTS, "enum"];
const SIZED = [...TEXTS, "array"];
const ORDERED = [...NUMBERS, ...MOMENTS];

export const RULES: Record<string, RuleShape> = {
  regex: { takes: "text", of: TEXTLIKE },
  not_empty: { takes: "nothing", of: SIZED },
  min_length: { takes: "length", of: SIZED },
  max_length: { takes: "length", of: SIZED },
  min: { takes: "bound", of: ORDERED },
  max: { takes: "bound", of: ORDERED },
  between: { takes: "pair", of: ORDERED },
  enum: { takes: "list", of: [...TEXTS, ...NUMBERS] },
  email: { takes: "nothing", of: ["string", "text"] },
  url: { takes: "nothing", of: ["string", "text"] },
  uuid: { takes: "nothing", of: ["string", "text"] },
  date_format: { takes: "text", of: ["string", "text"] },
};

export function rulesOf(type: string): string[] {
  return Object.keys(RULES).filter((rule) => RULES[rule]?.of.includes(type));
}

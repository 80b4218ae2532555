/** The operators of the condition language, in words, by the types that have them. */
export type Operator = { name: string; label: string; takes: "value" | "list" | "truth" | "pair" };

const EQ: Operator = { name: "eq", label: "is", takes: "value" };
const NEQ: Operator = { name: "neq", label: "is not", takes: "value" };
const IN: Operator = { name: "in", label: "is one of", takes: "list" };
const NOTIN: Operator = { name: "notin", label: "is none of", takes: "list" };
const ISNULL: Operator = { name: "isnull", label: "is empty", takes: "truth" };
const EQUALITY = [EQ, NEQ, IN, NOTIN, ISNULL];
const ORDER: Operator[] = [
  { name: "gt", label: "is over", takes: "value" },
  { name: "gte", label: "is at least", takes: "value" },
  { name: "lt", label: "is under", takes: "value" },
  { name: "lte", label: "is at most", takes: "value" },
  { name: "between", label: "is between", takes: "pair" },
];
const TEXTUAL: Operator[] = [
  { name: "icontains", label: "contains", takes: "value" },
  { name: "contains", label: "contains (exact case)", takes: "value" },
  { name: "startswith", label: "starts with", takes: "value" },
  { name: "endswith", label: "ends with", takes: "value" },
];
const LISTS: Operator[] = [
  EQ,
  { name: "any", label: "has any of", takes: "list" },
  { name: "all", label: "has all of", takes: "list" },
  ISNULL,
];
const JSON_FIELDS: Operator[] = [
  EQ,
  { name: "has_key", label: "has the key", takes: "value" },
  ISNULL,
];

const BY_TYPE: Record<string, Operator[]> = {
  boolean: [EQ, ISNULL],
  json: JSON_FIELDS,
  uuid: EQUALITY,
  relation: EQUALITY,
  int: [...EQUALITY, ...ORDER],
  float: [...EQUALITY, ...ORDER],
  decimal: [...EQUALITY, ...ORDER],
  date: [...EQUALITY, ...ORDER],
  datetime: [...EQUALITY, ...ORDER],
  enum: EQUALITY,
  any: [...EQUALITY, ...ORDER, ...TEXTUAL],
};

/** Every operator that a key may end with. */
const NAMES = new Set([...Object.values(BY_TYPE).flat(), ...LISTS].map(({ name }) => name));

/** What a key asks about, without its operator: `steps.call.response.status` of `…status__gte`. */
export function pathOf(key: string): string {
  const at = key.lastIndexOf("__");
  return at > 0 && NAMES.has(key.slice(at + 2)) ? key.slice(0, at) : key;
}

export function operatorsOf(type: string): readonly Operator[] {
  if (type.startsWith("array")) return LISTS;
  return BY_TYPE[type] ?? [EQ, ...TEXTUAL, NEQ, IN, NOTIN, ISNULL];
}

export function operatorOf(type: string, name: string): Operator {
  return operatorsOf(type).find((each) => each.name === name) ?? EQ;
}

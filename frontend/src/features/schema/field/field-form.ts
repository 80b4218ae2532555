/** Between a field of the document and the form that edits it. */
import { z } from "zod";

import { isReadable, parsedConstant, shownConstant } from "@/features/schema/field/constants";
import {
  fromRule,
  linesOf,
  type RuleRow,
  type StoredRule,
  toRule,
} from "@/features/schema/field/rules";
import {
  generatorsOf,
  hasBounds,
  isText,
  rulesOf,
  takesConstant,
} from "@/features/schema/field/types";
import { NAME } from "@/features/schema/names";
import { strings } from "@/features/schema/strings";
import type { Collection, Field } from "@/lib/collections";

const BLANK = {
  name: "",
  type: "string",
  items: "string",
  label: "",
  description: "",
  required: false,
  unique: false,
  searchable: false,
  hidden: false,
  /** "none", "plain", or "trigram". */
  index: "none",
  values: "",
  to: "users",
  kind: "belongs_to",
  on_delete: "restrict",
  via: "",
  min_length: "",
  max_length: "",
  precision: "",
  scale: "",
  collation: "",
  min: "",
  max: "",
  /** "none", "value", or the name of a generator. */
  default_kind: "none",
  default: "",
  validations: [] as RuleRow[],
};

export type FieldValues = typeof BLANK;

const FLAGS = ["required", "unique", "searchable", "hidden"] as const;
const TEXTS = ["label", "description", "to", "kind", "on_delete", "via", "collation"] as const;
const WHOLES = ["min_length", "max_length", "precision", "scale"] as const;
const BOUNDS = ["min", "max"] as const;

const ARRAY = /^array\((.*)\)$/;

const whole = z.string().regex(/^\d*$/, strings.wholeNeeded);
const text = z.string();

export function fieldSchema(taken: readonly string[]): z.ZodType<FieldValues, FieldValues> {
  const rule = z.object({ rule: text, value: text, other: text, message: text });
  return z
    .object({
      ...shapeOf(TEXTS, text),
      ...shapeOf(FLAGS, z.boolean()),
      ...shapeOf(WHOLES, whole),
      ...shapeOf(BOUNDS, text),
      ...shapeOf(["type", "items", "index", "values", "default_kind", "default"] as const, text),
      name: z
        .string()
        .regex(NAME, strings.nameInvalid)
        .refine((name) => !taken.includes(name), strings.nameTaken),
      validations: z.array(rule),
    })
    .refine(({ type, values }) => type !== "enum" || linesOf(values).length > 0, {
      path: ["values"],
      message: strings.valuesNeeded,
    })
    .refine(
      (values) => values.default_kind !== "value" || isReadable(values.default, values.type),
      {
        path: ["default"],
        message: strings.jsonNeeded,
      },
    );
}

function shapeOf<Name extends string, Type>(names: readonly Name[], type: Type) {
  return Object.fromEntries(names.map((name) => [name, type])) as Record<Name, Type>;
}

export function fromField(
  field: Field | undefined,
  collections: readonly Collection[],
): FieldValues {
  const to = collections.find((each) => !each.system)?.name ?? BLANK.to;
  if (!field) return { ...BLANK, to };
  const values = { ...BLANK, to, name: field.name };
  for (const name of FLAGS) values[name] = Boolean(field[name]);
  for (const name of [...TEXTS, ...WHOLES]) values[name] = String(field[name] ?? values[name]);
  const [, items = BLANK.items] = ARRAY.exec(field.type) ?? [];
  const type = ARRAY.test(field.type) ? "array" : field.type;
  for (const name of BOUNDS) values[name] = shownConstant(field[name], type);
  return {
    ...values,
    ...defaultOf(field, type),
    type,
    items,
    index: indexOf(field),
    values: (field.values ?? []).join("\n"),
    validations: storedRules(field).map(fromRule),
  };
}

function storedRules({ validations }: Field): StoredRule[] {
  return (validations ?? []) as StoredRule[];
}

function indexOf({ index }: Field): string {
  if (!index) return "none";
  return index === "trigram" ? "trigram" : "plain";
}

function defaultOf(field: Field, type: string): Pick<FieldValues, "default" | "default_kind"> {
  if (field.default === undefined || field.default === null) {
    return { default: "", default_kind: "none" };
  }
  const { generated } = field.default as { generated?: string };
  return generated !== undefined && type !== "json"
    ? { default: "", default_kind: generated }
    : { default: shownConstant(field.default, type), default_kind: "value" };
}

/** What the form does not show stays as it is. */
export function toField(values: FieldValues, before: Field | undefined): Field {
  const { type } = values;
  const field = {
    ...before,
    name: values.name,
    type: type === "array" ? `array(${values.items})` : type,
    label: values.label.trim() || undefined,
    description: values.description.trim() || undefined,
    hidden: values.hidden || undefined,
    ...columnOf(values, before),
    ...limitsOf(values, before),
    ...relationOf(values),
    validations: validationsOf(values, before),
  };
  const told = Object.entries(field).filter(([, value]) => value !== undefined);
  return Object.fromEntries(told) as Field;
}

/** Whether the field has a column of its own: only a column can be required, unique, indexed. */
export function hasColumn({ type, kind }: Pick<FieldValues, "type" | "kind">): boolean {
  return type !== "relation" || kind === "belongs_to";
}

function columnOf(values: FieldValues, before?: Field): Record<string, unknown> {
  const isColumn = hasColumn(values);
  const isTrigram = values.index === "trigram" && isSearchable(values.type);
  return {
    required: (isColumn && values.required) || undefined,
    unique: (isColumn && values.unique) || undefined,
    searchable: (isSearchable(values.type) && values.searchable) || undefined,
    index: isColumn && values.index !== "none" ? (isTrigram ? "trigram" : true) : undefined,
    default: isColumn ? defaultFrom(values, before) : undefined,
  };
}

/** As it was where the text says the same: “1.50” stays what it is. */
function constantOf(text: string, type: string, before: unknown): unknown {
  const isSame = before !== undefined && shownConstant(before, type) === text;
  return isSame ? before : parsedConstant(text, type);
}

/** Words and parts of words can be looked for. */
export function isSearchable(type: string): boolean {
  return isText(type) || type === "enum";
}

function defaultFrom(values: FieldValues, before?: Field): unknown {
  const { type, default_kind, default: text } = values;
  if (default_kind === "value") {
    return takesConstant(type) ? constantOf(text, type, before?.default) : undefined;
  }
  const isKnown = generatorsOf(type).some((name) => name === default_kind);
  return isKnown ? { generated: default_kind } : undefined;
}

/** Those of other types are taken out. */
function limitsOf(values: FieldValues, before?: Field): Record<string, unknown> {
  const { type } = values;
  const size = (text: string, isTaken: boolean) => (isTaken && text ? Number(text) : undefined);
  const bound = (name: "min" | "max") =>
    hasBounds(type) && values[name] ? constantOf(values[name], type, before?.[name]) : undefined;
  return {
    values: type === "enum" ? linesOf(values.values) : undefined,
    min_length: size(values.min_length, isText(type)),
    max_length: size(values.max_length, isText(type)),
    collation: (isText(type) && values.collation.trim()) || undefined,
    precision: size(values.precision, type === "decimal"),
    scale: size(values.scale, type === "decimal"),
    min: bound("min"),
    max: bound("max"),
  };
}

function relationOf({ type, to, kind, on_delete, via }: FieldValues): Record<string, unknown> {
  const isRelation = type === "relation";
  return {
    to: isRelation ? to : undefined,
    kind: isRelation ? kind : undefined,
    on_delete: isRelation && kind === "belongs_to" ? on_delete : undefined,
    via: isRelation && kind === "has_many" ? via : undefined,
  };
}

/** Rules that a new type does not know go with the old one. */
function validationsOf(values: FieldValues, before?: Field): StoredRule[] | undefined {
  const { type, validations } = values;
  const isSame = before?.type === type;
  const rules = validations.filter(({ rule }) => isSame || rulesOf(type).includes(rule));
  return rules.length > 0 ? rules.map((rule) => toRule(rule, type)) : undefined;
}

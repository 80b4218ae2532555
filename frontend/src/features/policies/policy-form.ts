/** Between a policy as the API shows it and the form that edits it. */
import { z } from "zod";

import type { JsonCondition } from "@/components/condition-builder/conditions";
import { ACTIONS, type Policy, type PolicyValues } from "@/features/policies/api";
import { strings } from "@/features/policies/strings";

/** `undefined`: what stands in the JSON editor is no condition yet. */
export type EditedCondition = JsonCondition | null | undefined;

export type FormValues = {
  name: string;
  collection: string;
  effect: "allow" | "deny";
  actions: string[];
  principals: string[];
  where: EditedCondition;
  check: EditedCondition;
  fields: string[] | null;
  presets: Record<string, unknown>;
  require_verified_email: boolean;
  enabled: boolean;
  description: string;
  /** Save even if stored tests then fail. */
  force: boolean;
};

const condition = z.custom<EditedCondition>((value) => value !== undefined, strings.badJson);

export const policySchema: z.ZodType<FormValues, FormValues> = z.object({
  name: z.string().trim().min(1, strings.nameHint).max(200),
  collection: z.string(),
  effect: z.enum(["allow", "deny"]),
  actions: z.array(z.string()).min(1, strings.actionsNeeded),
  principals: z.array(z.string()).min(1, strings.principalsNeeded),
  where: condition,
  check: condition,
  fields: z
    .array(z.string())
    .nullable()
    .refine((names) => names === null || names.length > 0, strings.fieldsNeeded),
  presets: z.record(z.string(), z.unknown()),
  require_verified_email: z.boolean(),
  enabled: z.boolean(),
  description: z.string().max(2000),
  force: z.boolean(),
});

export type Start = { collection: string; action?: string; principal?: string };

/** What a new policy begins with: what was looked at before. */
export function blankPolicy({ collection, action, principal }: Start): FormValues {
  const isKnown = ACTIONS.some((each) => each === action);
  const isRead = action === "list" || action === "read";
  return {
    name: "",
    collection,
    effect: "allow",
    actions: isRead ? ["list", "read"] : isKnown && action ? [action] : [],
    principals: principal ? [principal] : [],
    where: null,
    check: null,
    fields: null,
    presets: {},
    require_verified_email: false,
    enabled: true,
    description: "",
    force: false,
  };
}

export function fromPolicy(policy: Policy): FormValues {
  const { name, collection, actions, principals, where, check, fields, presets } = policy;
  return {
    name,
    collection,
    effect: policy.effect === "deny" ? "deny" : "allow",
    actions,
    principals,
    where,
    check,
    fields,
    presets,
    require_verified_email: policy.require_verified_email,
    enabled: policy.enabled,
    description: policy.description ?? "",
    force: false,
  };
}

export function isWrite(actions: readonly string[]): boolean {
  return actions.includes("create") || actions.includes("update");
}

/** What does not go together with the rest is left out: the form does not show it either. */
export function toPolicy(values: FormValues): PolicyValues {
  const writes = isWrite(values.actions);
  const allows = values.effect === "allow";
  return {
    name: values.name.trim(),
    collection: values.collection,
    effect: values.effect,
    actions: values.actions as PolicyValues["actions"],
    principals: values.principals,
    where: values.where ?? null,
    check: writes ? (values.check ?? null) : null,
    fields: values.fields,
    presets: writes && allows ? values.presets : {},
    require_verified_email: allows && values.require_verified_email,
    enabled: values.enabled,
    description: values.description.trim() || null,
  };
}

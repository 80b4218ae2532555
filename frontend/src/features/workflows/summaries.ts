/** A step and a trigger in a few words. Pure. */
import type { Step, Trigger } from "@/features/workflows/definition";
import { strings } from "@/features/workflows/strings";

/** The parameter that says most of what a step of the action does. */
const TELLING = ["url", "collection", "to", "message", "items", "workflow", "at", "value"];

export function actionName(action: string): string {
  return strings.actions[action] ?? action;
}

export function aboutStep(step: Step): string {
  const given = step.with ?? {};
  if (step.action === "condition") return conditionText(given.where);
  if (step.action === "delay") {
    return Object.entries(given)
      .filter(([, value]) => value !== 0)
      .map(([unit, value]) => `${String(value)} ${unit}`)
      .join(", ");
  }
  const telling = TELLING.map((name) => given[name]).find((value) => value !== undefined);
  const said = typeof telling === "string" ? telling : telling ? JSON.stringify(telling) : "";
  return [actionName(step.action), said].filter(Boolean).join(" · ");
}

export function aboutTrigger(trigger: Trigger): string {
  if (trigger.type === "schedule")
    return `${String(trigger.cron)} ${String(trigger.timezone ?? "")}`;
  if (trigger.type.startsWith("record.")) {
    const where = trigger.where ? ` · ${conditionText(trigger.where)}` : "";
    return `${String(trigger.collection ?? "")}${where}`;
  }
  return "";
}

function conditionText(where: unknown): string {
  if (typeof where !== "object" || where === null || Object.keys(where).length === 0) {
    return actionName("condition");
  }
  return JSON.stringify(where).slice(1, -1).replaceAll('"', "").replaceAll("__", " ");
}

import { CopyButton } from "@/components/copy-button";
import { type Definition, listAt, type StepPath } from "@/features/workflows/definition";
import { strings } from "@/features/workflows/strings";

const COMMON = ["now", "today", "run.id", "project.slug"];

/** The names that templates of the step may use, ready to be copied. */
export function StepNames({
  definition,
  path,
  takesSecrets,
}: {
  definition: Definition;
  path: StepPath;
  takesSecrets?: boolean;
}) {
  const names = namesAt(definition, path);
  if (takesSecrets) names.push("secrets.");
  return (
    <details>
      <summary className="cursor-pointer text-sm text-muted-foreground">
        {strings.namesTitle}
      </summary>
      <p className="mt-2 text-xs text-muted-foreground">{strings.namesAbout}</p>
      <ul className="mt-2 flex flex-wrap gap-1.5">
        {names.map((name) => (
          <li
            key={name}
            className="flex items-center gap-0.5 rounded-md border bg-muted/50 pl-2 font-mono text-xs"
          >
            {name}
            <CopyButton text={`{{${name}}}`} label={`Copy {{${name}}}`} className="size-6" />
          </li>
        ))}
      </ul>
    </details>
  );
}

function namesAt(definition: Definition, path: StepPath): string[] {
  const names = ofTrigger(definition.trigger.type);
  for (let depth = 1; depth <= path.length; depth += 1) {
    const inside = path.slice(0, depth);
    const before = listAt(definition.steps, inside).slice(0, inside.at(-1));
    names.push(...before.map((step) => `steps.${step.id}`));
  }
  if (path.length > 1) names.push("item", "index");
  return [...names, ...COMMON];
}

function ofTrigger(type: string): string[] {
  if (type.startsWith("record.")) return ["record.id", "record", "previous_record", "user.id"];
  if (type === "webhook") return ["input.body", "input.headers", "input.query"];
  return type === "manual" ? ["input", "user.id"] : [];
}

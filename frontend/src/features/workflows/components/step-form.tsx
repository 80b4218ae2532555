import { useSuspenseQuery } from "@tanstack/react-query";

import type { Subject } from "@/components/condition-builder/conditions";
import { recordSubjects } from "@/components/condition-builder/record-subjects";
import { type Action, actionsQuery } from "@/features/workflows/api";
import { ChoiceInput, LineInput } from "@/features/workflows/components/inputs";
import { ParamInput } from "@/features/workflows/components/param-input";
import { StepFlow } from "@/features/workflows/components/step-flow";
import { StepNames } from "@/features/workflows/components/step-names";
import { subjectsAt } from "@/features/workflows/condition-subjects";
import { type Definition, listAt, type Step, type StepPath } from "@/features/workflows/definition";
import { type Fault, saidOf } from "@/features/workflows/faults";
import { type Param, paramsOf } from "@/features/workflows/param-kinds";
import { strings } from "@/features/workflows/strings";
import { actionName } from "@/features/workflows/summaries";
import { collectionsQuery } from "@/lib/collections";
import { storedNames } from "@/lib/fields";

type Props = {
  project: string;
  definition: Definition;
  path: StepPath;
  step: Step;
  faults: readonly Fault[];
  onChange: (step: Step) => void;
};

/** A step: what it does, with what, and what follows. */
export function StepForm(props: Props) {
  const { project, definition, path, step, faults, onChange } = props;
  const { data: actions } = useSuspenseQuery(actionsQuery(project));
  const action = actions.find((each) => each.name === step.action);
  const later = listAt(definition.steps, path).slice((path.at(-1) ?? 0) + 1);
  return (
    <div className="grid gap-4">
      <div className="grid gap-3 sm:grid-cols-2">
        <LineInput
          label={strings.stepId}
          hint={strings.stepIdHint}
          error={saidOf(faults, "id")}
          value={step.id}
          onChange={(id) => onChange({ ...step, id })}
        />
        <ChoiceInput
          label={strings.action}
          error={saidOf(faults, "action")}
          value={step.action}
          options={actions.map(({ name }) => ({ value: name, label: actionName(name) }))}
          onChange={(name) => onChange({ id: step.id, action: name, with: {} })}
        />
      </div>
      {action && <p className="text-xs text-muted-foreground">{plain(action.description)}</p>}
      <Said faults={faults} />
      {action && <Params {...props} action={action} />}
      <StepNames definition={definition} path={path} takesSecrets={action?.takes_secrets} />
      <StepFlow step={step} action={action} later={later} faults={faults} onChange={onChange} />
    </div>
  );
}

function Params({ action, ...props }: Props & { action: Action }) {
  const params = paramsOf(action.params);
  const given = props.step.with ?? {};
  const first = params.filter((param) => isShown(param, given));
  const more = params.filter((param) => !isShown(param, given));
  return (
    // Another action is another form.
    <div key={action.name} className="grid gap-3">
      {first.map((param) => (
        <OneParam key={param.name} {...props} param={param} />
      ))}
      {more.length > 0 && (
        <details>
          <summary className="cursor-pointer text-sm text-muted-foreground">
            {strings.optional}
          </summary>
          <div className="mt-3 grid gap-3">
            {more.map((param) => (
              <OneParam key={param.name} {...props} param={param} />
            ))}
          </div>
        </details>
      )}
    </div>
  );
}

function OneParam({
  project,
  definition,
  path,
  step,
  faults,
  param,
  onChange,
}: Props & { param: Param }) {
  const { data: collections } = useSuspenseQuery(collectionsQuery(project));
  const given = step.with ?? {};
  const collection = collections.find((each) => each.name === given.collection);

  function change(value: unknown) {
    const others = Object.entries(given).filter(([name]) => name !== param.name);
    const added = value === undefined ? [] : [[param.name, value] as const];
    onChange({ ...step, with: Object.fromEntries([...others, ...added]) });
  }

  function subjects(): Subject[] {
    return step.action === "condition"
      ? subjectsAt(definition, path, collections)
      : recordSubjects(collection);
  }

  return (
    <ParamInput
      project={project}
      param={param}
      value={given[param.name]}
      error={saidOf(faults, `with/${param.name}`)}
      subjects={subjects()}
      takesPaths={step.action === "condition"}
      names={collection ? storedNames(collection) : []}
      onChange={change}
    />
  );
}

/** What is said of the step and stands at none of its fields. */
function Said({ faults }: { faults: readonly Fault[] }) {
  const placed = /^(id|action|then|else|cases|on_error|retry|timeout_seconds|with\/.+)(\/|$)/;
  const rest = faults.filter((fault) => !placed.test(fault.member));
  if (rest.length === 0) return null;
  return (
    <ul className="grid gap-1 text-xs text-destructive">
      {rest.map((fault) => (
        <li key={fault.member + fault.message}>
          {fault.message} {fault.hint}
        </li>
      ))}
    </ul>
  );
}

/** Those that must be, that are given, and those of short forms. */
function isShown(param: Param, given: Record<string, unknown>): boolean {
  const always = ["method", "json", "where", "seconds", "minutes", "hours", "days"];
  return param.isRequired || param.name in given || always.includes(param.name);
}

function plain(text: string): string {
  return text.replaceAll("`", "");
}

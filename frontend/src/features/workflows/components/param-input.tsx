import { useSuspenseQuery } from "@tanstack/react-query";

import { ConditionField } from "@/components/condition-builder/condition-field";
import type { JsonCondition, Subject } from "@/components/condition-builder/conditions";
import { FieldFrame } from "@/components/form/field";
import { Textarea } from "@/components/ui/textarea";
import { ChoiceInput, LineInput } from "@/features/workflows/components/inputs";
import { JsonInput } from "@/features/workflows/components/json-input";
import { PairsInput } from "@/features/workflows/components/pairs-input";
import {
  listValue,
  type Param,
  shownList,
  shownValue,
  typedValue,
} from "@/features/workflows/param-kinds";
import { strings } from "@/features/workflows/strings";
import { collectionsQuery } from "@/lib/collections";
import { collectionLabel } from "@/lib/fields";

const SHORT = new Set(["url", "json", "html", "id"]);

export type ParamProps = {
  project: string;
  param: Param;
  value: unknown;
  error?: string;
  /** What a condition can ask about. */
  subjects: readonly Subject[];
  takesPaths?: boolean;
  /** Names that an object can have. */
  names: readonly string[];
  onChange: (value: unknown) => void;
};

/** The input that fits what the action's schema says of the parameter. */
export function ParamInput(props: ParamProps) {
  const { param, value, error, onChange } = props;
  const label = labelOf(param.name);
  switch (param.kind) {
    case "collection":
      return <CollectionInput {...props} />;
    case "condition":
      return <WhereInput {...props} />;
    case "pairs":
      return (
        <PairsInput
          label={label}
          value={value}
          names={param.name === "data" ? props.names : []}
          error={error}
          onChange={onChange}
        />
      );
    case "choice":
      return (
        <ChoiceInput
          label={label}
          error={error}
          value={shownValue(value ?? param.fallback)}
          options={param.choices.map((choice) => ({ value: choice, label: choice }))}
          onChange={onChange}
        />
      );
    case "json":
      return (
        <div className="grid gap-1.5">
          <p className="text-sm font-medium">{label}</p>
          <JsonInput label={label} value={value} error={error} onChange={onChange} />
        </div>
      );
    default:
      return <TextInput {...props} />;
  }
}

function TextInput({ param, value, error, onChange }: ParamProps) {
  const label = labelOf(param.name);
  const shown = param.kind === "list" ? shownList(value) : shownValue(value);

  function write(text: string) {
    if (text === "" && !param.isRequired) onChange(undefined);
    else if (param.kind === "list") onChange(listValue(text));
    else if (param.kind === "number") onChange(typedValue(text));
    else onChange(text);
  }

  if (param.kind !== "lines") {
    const fallback = param.fallback === null ? undefined : shownValue(param.fallback);
    return (
      <LineInput
        label={label}
        error={error}
        value={shown}
        placeholder={fallback}
        onChange={write}
      />
    );
  }
  return (
    <FieldFrame label={label} error={error}>
      {(described) => (
        <Textarea
          {...described}
          value={shown}
          rows={3}
          onChange={(event) => write(event.target.value)}
        />
      )}
    </FieldFrame>
  );
}

function CollectionInput({ project, param, value, error, onChange }: ParamProps) {
  const { data: collections } = useSuspenseQuery(collectionsQuery(project));
  const options = collections.map((each) => ({ value: each.name, label: collectionLabel(each) }));
  const chosen = shownValue(value);
  const isOther = chosen !== "" && !options.some((option) => option.value === chosen);
  return (
    <ChoiceInput
      label={labelOf(param.name)}
      error={error}
      value={chosen}
      placeholder={strings.chooseCollection}
      options={isOther ? [...options, { value: chosen, label: chosen }] : options}
      onChange={onChange}
    />
  );
}

function WhereInput({ param, value, error, subjects, takesPaths, onChange }: ParamProps) {
  const label = labelOf(param.name);
  return (
    <div className="grid gap-1.5">
      <p className="text-sm font-medium">{label}</p>
      <ConditionField
        label={label}
        subjects={subjects}
        takesPaths={takesPaths}
        value={(value ?? null) as JsonCondition | null}
        onChange={(next) => onChange(next ?? (param.isRequired ? {} : undefined))}
      />
      {error && <p className="text-xs text-destructive">{error}</p>}
    </div>
  );
}

/** `timeout_seconds` as “Timeout seconds”. */
function labelOf(name: string): string {
  if (SHORT.has(name)) return name.toUpperCase();
  const words = name.replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

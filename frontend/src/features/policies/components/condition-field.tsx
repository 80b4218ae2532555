import { useMemo, useState } from "react";
import { Controller, useFormContext } from "react-hook-form";

import { ConditionBuilder } from "@/components/condition-builder/condition-builder";
import {
  fromCondition,
  type Group,
  type JsonCondition,
  type Subject,
  toCondition,
  type Variable,
} from "@/components/condition-builder/conditions";
import { JsonEditor } from "@/components/json-editor/json-editor";
import { Segmented } from "@/components/ui/segmented";
import type { EditedCondition, FormValues } from "@/features/policies/policy-form";
import { strings } from "@/features/policies/strings";
import {
  CHANNELS,
  guardedCollection,
  policySubjects,
  policyVariables,
} from "@/features/policies/subjects";
import { useGuarded } from "@/features/policies/use-people";
import { cn } from "@/lib/cn";

type Name = "where" | "check";

/** A condition as rows, or as JSON where it is deeper. */
export function ConditionField({ name }: { name: Name }) {
  const { control, watch, getValues } = useFormContext<FormValues>();
  const { collections } = useGuarded();
  const collection = guardedCollection(collections, watch("collection"));
  const isUpdated = watch("actions").includes("update");
  // Paths that are deeper than one relation are offered where the condition has them already.
  const [first] = useState(() => getValues(name));
  const subjects = useMemo(
    () => (collection ? policySubjects(collection, collections, first) : []),
    [collection, collections, first],
  );
  const variables = useMemo(
    () =>
      policyVariables(
        collections,
        name === "check" && isUpdated && collection?.name !== CHANNELS
          ? (collection ?? null)
          : null,
      ),
    [collections, collection, name, isUpdated],
  );
  return (
    <Controller
      control={control}
      name={name}
      render={({ field, fieldState }) => (
        <Editor
          name={name}
          subjects={subjects}
          variables={variables}
          value={field.value}
          error={fieldState.error?.message}
          onChange={field.onChange}
        />
      )}
    />
  );
}

function Editor({
  name,
  subjects,
  variables,
  value,
  error,
  onChange,
}: {
  name: Name;
  subjects: Subject[];
  variables: Variable[];
  value: EditedCondition;
  error?: string;
  onChange: (value: EditedCondition) => void;
}) {
  const [group, setGroup] = useState<Group | null>(() => fromCondition(value ?? null, subjects));
  const [text, setText] = useState<string | null>(() => (group ? null : written(value)));
  const rows = text === null ? null : fromCondition(parsed(text) ?? null, subjects);

  function turn(to: "rows" | "json") {
    if (to === "json") return setText(written(value));
    setGroup(rows);
    setText(null);
  }

  return (
    <fieldset className="grid gap-2">
      <div className="flex flex-wrap items-center justify-between gap-2">
        <legend className="contents text-sm font-medium">
          <span className="text-sm font-medium">{strings[name]}</span>
        </legend>
        {(text === null || rows !== null) && (
          <Segmented
            label={strings[name]}
            value={text === null ? "rows" : "json"}
            onChange={turn}
            options={[
              { value: "rows", label: strings.rows },
              { value: "json", label: strings.json },
            ]}
          />
        )}
      </div>
      {text === null && group ? (
        <ConditionBuilder
          subjects={subjects}
          variables={variables}
          group={group}
          onChange={(next) => {
            setGroup(next);
            onChange(toCondition(next));
          }}
        />
      ) : (
        <JsonEditor
          label={strings[name]}
          text={text ?? ""}
          lines={4}
          onChange={(next) => {
            setText(next);
            onChange(parsed(next));
          }}
        />
      )}
      <p className={cn("text-xs", error ? "text-destructive" : "text-muted-foreground")}>
        {error ?? strings[`${name}Hint`]}
      </p>
    </fieldset>
  );
}

function written(value: EditedCondition): string {
  return value ? JSON.stringify(value, null, 2) : "";
}

/** Nothing asks nothing; undefined where it is no JSON object. */
function parsed(text: string): EditedCondition {
  if (text.trim() === "") return null;
  try {
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    return isObject ? (value as JsonCondition) : undefined;
  } catch {
    return undefined;
  }
}

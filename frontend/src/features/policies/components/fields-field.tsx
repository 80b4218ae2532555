import { Controller, useFormContext } from "react-hook-form";

import { Chips } from "@/components/form/chips";
import { Segmented } from "@/components/ui/segmented";
import type { FormValues } from "@/features/policies/policy-form";
import { strings } from "@/features/policies/strings";
import { guardedCollection } from "@/features/policies/subjects";
import { useGuarded } from "@/features/policies/use-people";
import { cn } from "@/lib/cn";

/** All fields, or those that are chosen. */
export function FieldsField() {
  const { control, watch } = useFormContext<FormValues>();
  const { collections } = useGuarded();
  const collection = guardedCollection(collections, watch("collection"));
  const names = [...(collection?.fields.map(({ name }) => name) ?? []), "created_at", "updated_at"];
  return (
    <Controller
      control={control}
      name="fields"
      render={({ field, fieldState }) => (
        <div className="grid gap-2">
          <div className="flex flex-wrap items-center justify-between gap-2">
            <span className="text-sm font-medium">{strings.fields}</span>
            <Segmented
              label={strings.fields}
              value={field.value === null ? "all" : "some"}
              onChange={(kind) => field.onChange(kind === "all" ? null : [])}
              options={[
                { value: "all", label: strings.fieldsAll },
                { value: "some", label: strings.fieldsSome },
              ]}
            />
          </div>
          {field.value !== null && (
            <Chips
              label={strings.fields}
              options={names.map((name) => ({ value: name, label: name }))}
              value={field.value}
              onChange={field.onChange}
            />
          )}
          <p
            className={cn(
              "text-xs",
              fieldState.error ? "text-destructive" : "text-muted-foreground",
            )}
          >
            {fieldState.error?.message ?? strings.fieldsHint}
          </p>
        </div>
      )}
    />
  );
}

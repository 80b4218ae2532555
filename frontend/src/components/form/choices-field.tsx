import { type ReactNode, useId } from "react";
import { type FieldPath, type FieldValues, useController } from "react-hook-form";

import { toggled } from "@/components/form/chips";
import { FieldSays } from "@/components/form/field";
import { Checkbox } from "@/components/ui/checkbox";

/** Several of a few: a checkbox each. */
export function ChoicesField<Values extends FieldValues>({
  name,
  label,
  hint,
  choices,
}: {
  name: FieldPath<Values>;
  label: string;
  hint?: ReactNode;
  choices: readonly { value: string; label: string }[];
}) {
  const { field, fieldState } = useController<Values>({ name });
  const id = useId();
  const value: string[] = field.value;
  const error = fieldState.error?.message;
  return (
    <fieldset
      data-slot="field"
      aria-describedby={(error ?? hint) ? `${id}-says` : undefined}
      className="grid gap-2"
    >
      <legend className="mb-1.5 text-sm font-medium">{label}</legend>
      <div className="flex flex-wrap gap-x-5 gap-y-2">
        {choices.map((choice) => (
          <label key={choice.value} className="flex min-h-6 items-center gap-2 text-sm">
            <Checkbox
              checked={value.includes(choice.value)}
              onCheckedChange={() => field.onChange(toggled(value, choice.value))}
            />
            {choice.label}
          </label>
        ))}
      </div>
      <FieldSays id={`${id}-says`} error={error} hint={hint} />
    </fieldset>
  );
}

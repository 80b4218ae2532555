import { type ReactNode, useId } from "react";
import { Controller, type FieldPath, type FieldValues, useFormContext } from "react-hook-form";

import { Checkbox } from "@/components/ui/checkbox";
import { cn } from "@/lib/cn";

export type Choice = { value: string; label: string };

/** Several of a few: a checkbox each. */
export function ChoicesField<Values extends FieldValues>({
  name,
  label,
  hint,
  choices,
  className,
}: {
  name: FieldPath<Values>;
  label: string;
  hint?: ReactNode;
  choices: readonly Choice[];
  className?: string;
}) {
  const { control } = useFormContext<Values>();
  return (
    <Controller
      name={name}
      control={control}
      render={({ field, fieldState }) => (
        <Choices
          label={label}
          hint={hint}
          error={fieldState.error?.message}
          choices={choices}
          value={field.value as string[]}
          onChange={field.onChange}
          className={className}
        />
      )}
    />
  );
}

export function Choices({
  label,
  hint,
  error,
  choices,
  value,
  onChange,
  className,
}: {
  label: string;
  hint?: ReactNode;
  error?: string;
  choices: readonly Choice[];
  value: readonly string[];
  onChange: (value: string[]) => void;
  className?: string;
}) {
  const id = useId();
  const says = error ?? hint;

  function toggle(choice: string) {
    const kept = value.filter((each) => each !== choice);
    onChange(kept.length < value.length ? kept : [...value, choice]);
  }

  return (
    <fieldset
      data-slot="field"
      aria-describedby={says ? `${id}-says` : undefined}
      className={cn("grid gap-2", className)}
    >
      <legend className="mb-1.5 text-sm font-medium">{label}</legend>
      <div className="flex flex-wrap gap-x-5 gap-y-2">
        {choices.map((choice) => (
          <label key={choice.value} className="flex min-h-6 items-center gap-2 text-sm">
            <Checkbox
              checked={value.includes(choice.value)}
              onCheckedChange={() => toggle(choice.value)}
            />
            {choice.label}
          </label>
        ))}
      </div>
      {says && (
        <p
          id={`${id}-says`}
          className={cn("text-xs", error ? "text-destructive" : "text-muted-foreground")}
        >
          {says}
        </p>
      )}
    </fieldset>
  );
}

import type { ReactNode } from "react";
import { Controller, type FieldPath, type FieldValues, useFormContext } from "react-hook-form";

import { cn } from "@/lib/cn";

export type Chip = { value: string; label: ReactNode; title?: string };

export function toggled(values: readonly string[], value: string): string[] {
  return values.includes(value) ? values.filter((each) => each !== value) : [...values, value];
}

/** Any number of a handful of values, each a button that is pressed or not. */
export function Chips({
  label,
  options,
  value,
  onChange,
  describedBy,
}: {
  label: string;
  options: readonly Chip[];
  value: readonly string[];
  onChange: (value: string[]) => void;
  describedBy?: string;
}) {
  return (
    <div
      role="group"
      aria-label={label}
      aria-describedby={describedBy}
      className="flex flex-wrap gap-1.5"
    >
      {options.map((option) => (
        <button
          key={option.value}
          type="button"
          title={option.title}
          aria-pressed={value.includes(option.value)}
          onClick={() => onChange(toggled(value, option.value))}
          className={cn(
            "inline-flex h-7 items-center gap-1.5 rounded-md border border-input bg-card px-2 text-sm text-muted-foreground transition-colors hover:bg-accent hover:text-foreground [&_svg]:size-3.5",
            "aria-pressed:border-primary/40 aria-pressed:bg-primary/8 aria-pressed:font-medium aria-pressed:text-primary",
          )}
        >
          {option.label}
        </button>
      ))}
    </div>
  );
}

export function ChipsField<Values extends FieldValues>({
  name,
  label,
  hint,
  options,
  className,
}: {
  name: FieldPath<Values>;
  label: string;
  hint?: ReactNode;
  options: readonly Chip[];
  className?: string;
}) {
  const { control } = useFormContext<Values>();
  const says = `${name}-says`;
  return (
    <Controller
      name={name}
      control={control}
      render={({ field, fieldState }) => (
        <div className={cn("grid content-start gap-1.5", className)}>
          <span aria-hidden className="text-sm font-medium">
            {label}
          </span>
          <Chips
            label={label}
            options={options}
            value={(field.value ?? []) as string[]}
            onChange={field.onChange}
            describedBy={says}
          />
          <p
            id={says}
            className={cn(
              "text-xs empty:hidden",
              fieldState.error ? "text-destructive" : "text-muted-foreground",
            )}
          >
            {fieldState.error?.message ?? hint}
          </p>
        </div>
      )}
    />
  );
}

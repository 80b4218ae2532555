import { type ComponentProps, type ReactNode, useId } from "react";
import { Controller, type FieldPath, type FieldValues, useFormContext } from "react-hook-form";

import { Input } from "@/components/ui/input";
import { Label } from "@/components/ui/label";
import {
  Select,
  SelectContent,
  SelectItem,
  SelectTrigger,
  SelectValue,
} from "@/components/ui/select";
import { Switch } from "@/components/ui/switch";
import { Textarea } from "@/components/ui/textarea";
import { cn } from "@/lib/cn";

type Described = { id: string; "aria-invalid"?: true; "aria-describedby"?: string };

/** A label, a control, a hint and a fault, tied together for those who cannot see them. */
export function FieldFrame({
  label,
  hint,
  error,
  children,
  className,
}: {
  label: string;
  hint?: ReactNode;
  error?: string;
  children: (described: Described) => ReactNode;
  className?: string;
}) {
  const id = useId();
  return (
    <div data-slot="field" className={cn("grid content-start gap-1.5", className)}>
      <Label htmlFor={id}>{label}</Label>
      {children({
        id,
        ...(error && { "aria-invalid": true }),
        ...((error ?? hint) && { "aria-describedby": `${id}-says` }),
      })}
      <FieldSays id={`${id}-says`} error={error} hint={hint} />
    </div>
  );
}

/** Below a control: its fault, or else its hint. */
export function FieldSays({
  id,
  error,
  hint,
}: {
  id: string;
  error: string | undefined;
  hint: ReactNode;
}) {
  const says = error ?? hint;
  if (!says) return null;
  return (
    <p id={id} className={cn("text-xs", error ? "text-destructive" : "text-muted-foreground")}>
      {says}
    </p>
  );
}

type Common<Values extends FieldValues> = {
  name: FieldPath<Values>;
  label: string;
  hint?: ReactNode;
  className?: string;
};

export function TextField<Values extends FieldValues>({
  name,
  label,
  hint,
  className,
  ...props
}: Common<Values> & Omit<ComponentProps<typeof Input>, "name">) {
  const { register, getFieldState, formState } = useFormContext<Values>();
  return (
    <FieldFrame
      label={label}
      hint={hint}
      className={className}
      error={getFieldState(name, formState).error?.message}
    >
      {(described) => <Input {...described} {...props} {...register(name)} />}
    </FieldFrame>
  );
}

/** What programs call something by: small letters, as they are typed. */
export function NameField<Values extends FieldValues>(
  props: Common<Values> & Omit<ComponentProps<typeof Input>, "name">,
) {
  return (
    <TextField
      {...props}
      className={cn("[&_input]:font-mono", props.className)}
      autoComplete="off"
      spellCheck={false}
    />
  );
}

export function TextAreaField<Values extends FieldValues>({
  name,
  label,
  hint,
  className,
  ...props
}: Common<Values> & Omit<ComponentProps<typeof Textarea>, "name">) {
  const { register, getFieldState, formState } = useFormContext<Values>();
  return (
    <FieldFrame
      label={label}
      hint={hint}
      className={className}
      error={getFieldState(name, formState).error?.message}
    >
      {(described) => <Textarea {...described} {...props} {...register(name)} />}
    </FieldFrame>
  );
}

export function SelectField<Values extends FieldValues>({
  name,
  label,
  hint,
  options,
  className,
}: Common<Values> & { options: readonly { value: string; label: string }[] }) {
  const { control } = useFormContext<Values>();
  return (
    <Controller
      name={name}
      control={control}
      render={({ field, fieldState }) => (
        <FieldFrame
          label={label}
          hint={hint}
          error={fieldState.error?.message}
          className={className}
        >
          {(described) => (
            <Select value={String(field.value)} onValueChange={field.onChange}>
              <SelectTrigger {...described} onBlur={field.onBlur}>
                <SelectValue />
              </SelectTrigger>
              <SelectContent>
                {options.map((option) => (
                  <SelectItem key={option.value} value={option.value}>
                    {option.label}
                  </SelectItem>
                ))}
              </SelectContent>
            </Select>
          )}
        </FieldFrame>
      )}
    />
  );
}

export function SwitchField<Values extends FieldValues>({
  name,
  label,
  hint,
  className,
}: Common<Values>) {
  const { control } = useFormContext<Values>();
  const id = useId();
  return (
    <Controller
      name={name}
      control={control}
      render={({ field, fieldState: { error } }) => (
        <div className={cn("flex items-start justify-between gap-4", className)}>
          <div className="grid gap-0.5">
            <Label htmlFor={id}>{label}</Label>
            {hint && !error && <p className="text-xs text-muted-foreground">{hint}</p>}
            {error && (
              <p id={`${id}-says`} className="text-xs text-destructive">
                {error.message}
              </p>
            )}
          </div>
          <Switch
            id={id}
            ref={field.ref}
            aria-describedby={error && `${id}-says`}
            checked={Boolean(field.value)}
            onCheckedChange={field.onChange}
          />
        </div>
      )}
    />
  );
}

import { PlusIcon, XIcon } from "lucide-react";
import { useFieldArray, useFormContext } from "react-hook-form";

import { TextAreaField, TextField } from "@/components/form/field";
import { Button } from "@/components/ui/button";
import {
  DropdownMenu,
  DropdownMenuContent,
  DropdownMenuItem,
  DropdownMenuTrigger,
} from "@/components/ui/dropdown-menu";
import type { FieldValues } from "@/features/schema/field/field-form";
import { RULES, rulesOf } from "@/features/schema/field/types";
import { strings } from "@/features/schema/strings";

const NAMES: Record<string, string> = strings.rules;
const FORMS: Record<string, string> = { date: "2026-01-31", datetime: "2026-01-31T12:00:00Z" };

/** Rules beyond the type's own, each with what to say when it is broken. */
export function RulesField() {
  const { control, watch, formState } = useFormContext<FieldValues>();
  const { fields, append, remove } = useFieldArray({ control, name: "validations" });
  const known = rulesOf(watch("type"));
  if (known.length === 0 && fields.length === 0) return null;
  return (
    <fieldset className="grid gap-3">
      <legend className="mb-2 text-sm font-medium">{strings.validations}</legend>
      {fields.map(({ id, rule }, index) => (
        <Rule key={id} index={index} rule={rule} onRemove={() => remove(index)} />
      ))}
      <DropdownMenu>
        <DropdownMenuTrigger asChild>
          <Button variant="outline" size="sm" className="justify-self-start">
            <PlusIcon />
            {strings.addRule}
          </Button>
        </DropdownMenuTrigger>
        <DropdownMenuContent align="start">
          {known.map((rule) => (
            <DropdownMenuItem
              key={rule}
              onSelect={() => append({ rule, value: "", other: "", message: "" })}
            >
              {NAMES[rule]}
            </DropdownMenuItem>
          ))}
        </DropdownMenuContent>
      </DropdownMenu>
      <p className="text-xs text-destructive empty:hidden">
        {formState.errors.validations?.root?.message ?? formState.errors.validations?.message}
      </p>
    </fieldset>
  );
}

function Rule({ index, rule, onRemove }: { index: number; rule: string; onRemove: () => void }) {
  const { formState } = useFormContext<FieldValues>();
  const fault = formState.errors.validations?.[index]?.rule?.message;
  const takes = RULES[rule]?.takes ?? "text";
  return (
    <div
      role="group"
      aria-label={NAMES[rule] ?? rule}
      className="grid gap-3 rounded-lg border bg-muted/30 p-3"
    >
      <div className="flex items-center justify-between gap-2">
        <span className="text-sm font-medium">{NAMES[rule] ?? rule}</span>
        <Button
          variant="ghost"
          size="icon-sm"
          aria-label={strings.removeRule(NAMES[rule] ?? rule)}
          onClick={onRemove}
        >
          <XIcon />
        </Button>
      </div>
      {fault && <p className="text-xs text-destructive">{fault}</p>}
      <div className="grid gap-3 sm:grid-cols-2">
        <Value index={index} rule={rule} takes={takes} />
        <TextField<FieldValues>
          name={`validations.${index}.message`}
          label={strings.message}
          placeholder={strings.messageHint}
          className={takes === "nothing" || takes === "pair" ? "sm:col-span-2" : undefined}
          autoComplete="off"
        />
      </div>
    </div>
  );
}

function Value({ index, rule, takes }: { index: number; rule: string; takes: string }) {
  const type = useFormContext<FieldValues>().watch("type");
  const name = `validations.${index}.value` as const;
  if (takes === "nothing") return null;
  if (takes === "list") {
    return <TextAreaField<FieldValues> name={name} label={strings.choices} rows={2} />;
  }
  if (takes === "length") {
    return <TextField<FieldValues> name={name} label={strings.characters} inputMode="numeric" />;
  }
  if (takes === "text") {
    return (
      <TextField<FieldValues>
        name={name}
        label={rule === "regex" ? strings.pattern : strings.format}
        placeholder={rule === "regex" ? "^[A-Z]{2}$" : "%Y-%m-%d"}
        className="[&_input]:font-mono"
        spellCheck={false}
        autoComplete="off"
      />
    );
  }
  const shared = { placeholder: FORMS[type], autoComplete: "off" };
  return (
    <>
      <TextField<FieldValues>
        {...shared}
        name={name}
        label={takes === "pair" ? strings.least : strings.bound}
      />
      {takes === "pair" && (
        <TextField<FieldValues>
          {...shared}
          name={`validations.${index}.other`}
          label={strings.most}
        />
      )}
    </>
  );
}

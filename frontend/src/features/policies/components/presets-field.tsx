import { PlusIcon, XIcon } from "lucide-react";
import { Controller, useFormContext } from "react-hook-form";

import { operatorOf } from "@/components/condition-builder/operators";
import { ValueInput } from "@/components/condition-builder/value-input";
import { Button } from "@/components/ui/button";
import {
  DropdownMenu,
  DropdownMenuContent,
  DropdownMenuItem,
  DropdownMenuTrigger,
} from "@/components/ui/dropdown-menu";
import type { FormValues } from "@/features/policies/policy-form";
import { strings } from "@/features/policies/strings";
import { guardedCollection, policyVariables } from "@/features/policies/subjects";
import { useGuarded } from "@/features/policies/use-people";
import type { Field } from "@/lib/collections";
import { cn } from "@/lib/cn";

/** Values that the server sets on a write. */
export function PresetsField() {
  const { control, watch } = useFormContext<FormValues>();
  const { collections } = useGuarded();
  const collection = guardedCollection(collections, watch("collection"));
  const fields = (collection?.fields ?? []).filter(
    ({ kind, read_only: isFixed }) => !isFixed && (!kind || kind === "belongs_to"),
  );
  const variables = policyVariables(collections, null);
  return (
    <Controller
      control={control}
      name="presets"
      render={({ field: { value: presets, onChange }, fieldState }) => (
        <div className="grid gap-2">
          <span className="text-sm font-medium">{strings.presets}</span>
          {Object.entries(presets).map(([name, value]) => {
            const type = fields.find((each) => each.name === name)?.type ?? "string";
            return (
              <div key={name} className="flex items-center gap-1.5">
                <code className="w-36 shrink-0 truncate font-mono text-xs sm:w-40">{name}</code>
                <ValueInput
                  type={type}
                  values={fields.find((each) => each.name === name)?.values}
                  operator={operatorOf(type, "eq")}
                  variables={variables}
                  value={value}
                  onChange={(next) => onChange({ ...presets, [name]: next })}
                />
                <Button
                  variant="ghost"
                  size="icon-sm"
                  aria-label={strings.removePreset(name)}
                  onClick={() => onChange(without(presets, name))}
                >
                  <XIcon />
                </Button>
              </div>
            );
          })}
          <AddPreset
            fields={fields.filter(({ name }) => !(name in presets))}
            onAdd={({ name, to }) =>
              onChange({ ...presets, [name]: to === "users" ? "$user.id" : "" })
            }
          />
          <p
            className={cn(
              "text-xs",
              fieldState.error ? "text-destructive" : "text-muted-foreground",
            )}
          >
            {fieldState.error?.message ?? strings.presetsHint}
          </p>
        </div>
      )}
    />
  );
}

function AddPreset({ fields, onAdd }: { fields: Field[]; onAdd: (field: Field) => void }) {
  if (fields.length === 0) return null;
  return (
    <DropdownMenu>
      <DropdownMenuTrigger asChild>
        <Button variant="ghost" size="sm" className="justify-self-start">
          <PlusIcon />
          {strings.addPreset}
        </Button>
      </DropdownMenuTrigger>
      <DropdownMenuContent className="max-h-72">
        {fields.map((field) => (
          <DropdownMenuItem key={field.name} onSelect={() => onAdd(field)}>
            {field.name}
            <span className="ml-auto pl-4 text-xs text-muted-foreground">{field.type}</span>
          </DropdownMenuItem>
        ))}
      </DropdownMenuContent>
    </DropdownMenu>
  );
}

function without(presets: Record<string, unknown>, name: string): Record<string, unknown> {
  return Object.fromEntries(Object.entries(presets).filter(([key]) => key !== name));
}

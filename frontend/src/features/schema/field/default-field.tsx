import { Controller, useFormContext } from "react-hook-form";

import { FieldFrame, SelectField, TextAreaField, TextField } from "@/components/form/field";
import { JsonEditor } from "@/components/json-editor/json-editor";
import { isJsonLike } from "@/features/schema/field/constants";
import { type FieldValues, hasColumn } from "@/features/schema/field/field-form";
import { linesOf } from "@/features/schema/field/rules";
import { generatorsOf, isNumber, takesConstant } from "@/features/schema/field/types";
import { strings } from "@/features/schema/strings";

const INPUTS: Record<string, string> = { date: "date", datetime: "datetime-local" };
const TRUTHS = Object.entries(strings.truths).map(([value, label]) => ({ value, label }));

/** What a record gets that was made without a value: nothing, a constant, or something made then. */
export function DefaultField() {
  const { watch, formState } = useFormContext<FieldValues>();
  const [type, kind, chosen] = watch(["type", "kind", "default_kind"]);
  if (!hasColumn({ type, kind })) return null;
  const options = [
    { value: "none", label: strings.defaultKinds.none },
    ...(takesConstant(type) ? [{ value: "value", label: strings.defaultKinds.value }] : []),
    ...generatorsOf(type).map((value) => ({ value, label: strings.defaultKinds[value] })),
  ];
  if (options.length === 1) return null;
  const isKnown = options.some(({ value }) => value === chosen);
  const error = chosen === "value" ? undefined : formState.errors.default?.message;
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      <SelectField<FieldValues>
        key={isKnown ? type : "unknown"}
        name="default_kind"
        label={strings.default}
        hint={error ?? strings.defaultHint}
        options={options}
      />
      {chosen === "value" && isKnown && <Constant type={type} />}
    </div>
  );
}

function Constant({ type }: { type: string }) {
  const values = useFormContext<FieldValues>().watch("values");
  const shared = { name: "default" as const, label: strings.defaultValue };
  if (isJsonLike(type)) return <JsonConstant />;
  if (type === "boolean") return <SelectField<FieldValues> {...shared} options={TRUTHS} />;
  if (type === "enum") {
    const options = linesOf(values).map((value) => ({ value, label: value }));
    return <SelectField<FieldValues> {...shared} options={options} />;
  }
  if (type === "text") return <TextAreaField<FieldValues> {...shared} rows={2} />;
  return (
    <TextField<FieldValues>
      {...shared}
      type={INPUTS[type] ?? "text"}
      step={type === "datetime" ? 1 : undefined}
      inputMode={isNumber(type) ? "decimal" : undefined}
      autoComplete="off"
    />
  );
}

function JsonConstant() {
  const { control } = useFormContext<FieldValues>();
  return (
    <Controller
      name="default"
      control={control}
      render={({ field, fieldState }) => (
        <FieldFrame
          label={strings.defaultValue}
          error={fieldState.error?.message}
          className="sm:col-span-2"
        >
          {({ id }) => (
            <JsonEditor
              id={id}
              label={strings.defaultValue}
              text={field.value}
              lines={3}
              onChange={field.onChange}
            />
          )}
        </FieldFrame>
      )}
    />
  );
}

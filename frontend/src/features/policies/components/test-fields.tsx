import { Controller, useFormContext } from "react-hook-form";

import { FieldFrame, SelectField, TextField } from "@/components/form/field";
import { JsonEditor } from "@/components/json-editor/json-editor";
import { Segmented } from "@/components/ui/segmented";
import { ACTIONS } from "@/features/policies/api";
import { PrincipalSelect } from "@/features/policies/components/principal-select";
import { strings } from "@/features/policies/strings";
import type { TestValues } from "@/features/policies/test-form";
import { useGuarded } from "@/features/policies/use-people";

const ACTION_OPTIONS = ACTIONS.map((value) => ({ value, label: strings.actions[value] }));

/** As whom, given what, doing what, expecting what. */
export function TestFields() {
  const { watch } = useFormContext<TestValues>();
  const { options } = useGuarded();
  const [action, principal] = watch(["action", "principal"]);
  const writes = action === "create" || action === "update";
  return (
    <>
      <TextField<TestValues> name="name" label={strings.name} autoComplete="off" autoFocus />
      {principal === null ? <JsonField name="subject" label={strings.asWhom} /> : <Who />}
      <div className="grid gap-4 sm:grid-cols-2">
        <SelectField<TestValues> name="action" label={strings.does} options={ACTION_OPTIONS} />
        <SelectField<TestValues> name="collection" label={strings.collection} options={options} />
      </div>
      {action !== "create" && action !== "list" && (
        <TextField<TestValues>
          name="record"
          label={strings.record}
          placeholder='{"$ref": "p.id"}'
          className="[&_input]:font-mono"
          autoComplete="off"
        />
      )}
      {writes && <JsonField name="data" label={strings.data} hint={strings.dataHint} />}
      {action === "list" && <JsonField name="where" label={strings.filter} />}
      <JsonField name="given" label={strings.given} hint={strings.givenHint} />
      <Expect />
      <JsonField name="more" label={strings.expectMore} hint={strings.expectMoreHint} />
    </>
  );
}

function Who() {
  const { control } = useFormContext<TestValues>();
  return (
    <Controller
      control={control}
      name="principal"
      render={({ field, fieldState }) => (
        <FieldFrame label={strings.asWhom} error={fieldState.error?.message}>
          {({ id }) => (
            <PrincipalSelect id={id} value={field.value ?? undefined} onChange={field.onChange} />
          )}
        </FieldFrame>
      )}
    />
  );
}

function Expect() {
  const { control } = useFormContext<TestValues>();
  return (
    <Controller
      control={control}
      name="allowed"
      render={({ field }) => (
        <div className="grid gap-1.5">
          <span className="text-sm font-medium">{strings.expect}</span>
          <Segmented
            label={strings.expect}
            value={field.value ? "allowed" : "denied"}
            onChange={(value) => field.onChange(value === "allowed")}
            options={[
              { value: "allowed", label: strings.allowed },
              { value: "denied", label: strings.denied },
            ]}
          />
        </div>
      )}
    />
  );
}

type JsonName = "subject" | "data" | "where" | "given" | "more";

function JsonField({ name, label, hint }: { name: JsonName; label: string; hint?: string }) {
  const { control } = useFormContext<TestValues>();
  return (
    <Controller
      control={control}
      name={name}
      render={({ field, fieldState }) => (
        <FieldFrame label={label} hint={hint} error={fieldState.error?.message}>
          {({ id }) => (
            <JsonEditor
              id={id}
              label={label}
              text={field.value}
              onChange={field.onChange}
              lines={3}
            />
          )}
        </FieldFrame>
      )}
    />
  );
}

import type { ReactNode } from "react";
import { Controller, useFormContext } from "react-hook-form";
import { toast } from "sonner";

import { ChipsField } from "@/components/form/chips";
import { SelectField, SwitchField, TextField } from "@/components/form/field";
import { Form } from "@/components/form/form";
import { useApiForm } from "@/components/form/use-api-form";
import { Alert, AlertTitle } from "@/components/ui/alert";
import { Segmented } from "@/components/ui/segmented";
import { SheetBody } from "@/components/ui/sheet";
import { ACTIONS, type Policy, savePolicy } from "@/features/policies/api";
import { ACTION_ICONS } from "@/features/policies/components/action-icon";
import { ConditionField } from "@/features/policies/components/condition-field";
import { FieldsField } from "@/features/policies/components/fields-field";
import { PolicyFooter } from "@/features/policies/components/policy-footer";
import { PresetsField } from "@/features/policies/components/presets-field";
import { type FormValues, isWrite, policySchema, toPolicy } from "@/features/policies/policy-form";
import { principalLabel } from "@/features/policies/principals";
import { strings } from "@/features/policies/strings";
import { CHANNELS } from "@/features/policies/subjects";
import { useGuarded, usePeople } from "@/features/policies/use-people";
import { usePoliciesSearch } from "@/features/policies/use-policies-search";
import { useIsAdmin } from "@/routing/use-project";

const KINDS = ["anonymous", "app_user", "api_key", "admin_user"];

type Props = { policy?: Policy; values: FormValues; onClose: () => void };

export function PolicyForm({ policy, values, onClose }: Props) {
  const { project } = usePoliciesSearch();
  const isAdmin = useIsAdmin();
  const form = useApiForm({
    schema: policySchema,
    defaultValues: values,
    onSubmit: async (edited) => {
      await savePolicy(project, toPolicy(edited), { id: policy?.id, force: edited.force });
      toast.success(strings.saved);
      onClose();
    },
  });
  return (
    <Form {...form} className="flex min-h-0 flex-1 flex-col gap-0">
      <SheetBody className="grid content-start gap-6">
        {policy?.broken && (
          <Alert tone="destructive">
            <AlertTitle>{strings.broken}</AlertTitle>
            <p>{policy.broken}</p>
          </Alert>
        )}
        {!isAdmin && <Alert>{strings.adminsOnly}</Alert>}
        <fieldset disabled={!isAdmin} className="contents">
          <Terms />
        </fieldset>
      </SheetBody>
      <PolicyFooter policy={policy} form={form} onClose={onClose} />
    </Form>
  );
}

function Terms() {
  const { watch } = useFormContext<FormValues>();
  const [collection, effect, actions] = watch(["collection", "effect", "actions"]);
  const isChannels = collection === CHANNELS;
  const writes = isWrite(actions);
  return (
    <>
      <TextField<FormValues>
        name="name"
        label={strings.name}
        hint={strings.nameHint}
        autoComplete="off"
        autoFocus
      />
      <Aim />
      <ConditionField key={`where-${collection}`} name="where" />
      {writes && <ConditionField key={`check-${collection}`} name="check" />}
      {!isChannels && <FieldsField />}
      {writes && effect === "allow" && !isChannels && <PresetsField />}
      <Group>
        {effect === "allow" && (
          <SwitchField<FormValues> name="require_verified_email" label={strings.requireVerified} />
        )}
        <SwitchField<FormValues> name="enabled" label={strings.enabled} />
      </Group>
      <TextField<FormValues> name="description" label={strings.description} autoComplete="off" />
    </>
  );
}

/** Who, what, and on which collection. */
function Aim() {
  const { control, watch } = useFormContext<FormValues>();
  const { options } = useGuarded();
  const people = usePeople();
  const [chosen, collection] = watch(["principals", "collection"]);
  const roles = people.roles.map((name) => `role:${name}`);
  const principals = [...new Set([...KINDS, ...roles, ...chosen])];
  const actions = collection === CHANNELS ? (["read", "create", "update"] as const) : ACTIONS;
  return (
    <>
      <div className="flex flex-wrap items-end gap-4">
        <Controller
          control={control}
          name="effect"
          render={({ field }) => (
            <Segmented
              label={strings.effect}
              value={field.value}
              onChange={field.onChange}
              options={[
                { value: "allow", label: strings.effects.allow },
                { value: "deny", label: strings.effects.deny },
              ]}
            />
          )}
        />
        <SelectField<FormValues>
          name="collection"
          label={strings.collection}
          options={options}
          className="min-w-48 flex-1"
        />
      </div>
      <ChipsField<FormValues>
        name="actions"
        label={strings.actionsLabel}
        options={actions.map((action) => {
          const Icon = ACTION_ICONS[action];
          const label = (
            <>
              <Icon aria-hidden />
              {strings.actions[action]}
            </>
          );
          return { value: action, label };
        })}
      />
      <ChipsField<FormValues>
        name="principals"
        label={strings.principals}
        hint={strings.principalsHint}
        options={principals.map((value) => ({ value, label: principalLabel(value) }))}
      />
    </>
  );
}

function Group({ children }: { children: ReactNode }) {
  return <div className="grid gap-3 rounded-lg border px-4 py-3">{children}</div>;
}

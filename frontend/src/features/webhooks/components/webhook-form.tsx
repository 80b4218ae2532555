import { useSuspenseQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { Controller, useWatch } from "react-hook-form";
import { z } from "zod";

import { ConditionField } from "@/components/condition-builder/condition-field";
import type { JsonCondition } from "@/components/condition-builder/conditions";
import { recordSubjects } from "@/components/condition-builder/record-subjects";
import { ChoicesField } from "@/components/form/choices-field";
import { FieldFrame, SwitchField, TextField } from "@/components/form/field";
import { Form } from "@/components/form/form";
import { useApiForm } from "@/components/form/use-api-form";
import { PrincipalInput } from "@/components/principal-field/principal-field";
import type { Webhook, WebhookWrite } from "@/features/webhooks/api";
import { strings } from "@/features/webhooks/strings";
import { collectionsQuery } from "@/lib/collections";
import { collectionLabel } from "@/lib/fields";

const EVENTS = Object.entries(strings.eventNames).map(([value, label]) => ({ value, label }));

const schema = z.object({
  url: z.string().trim().min(1, strings.urlMissing),
  description: z.string(),
  events: z.array(z.string()).min(1, strings.chooseEvent),
  collections: z.array(z.string()),
  where: z.custom<JsonCondition | null>(),
  run_as: z.string(),
  enabled: z.boolean(),
});
type Values = z.infer<typeof schema>;

const FRESH: Values = {
  url: "",
  description: "",
  events: ["record.*"],
  collections: [],
  where: null,
  run_as: "project",
  enabled: true,
};

function initial(webhook?: Webhook): Values {
  if (!webhook) return FRESH;
  const { url, events, where, run_as, enabled } = webhook;
  const description = webhook.description ?? "";
  return {
    url,
    description,
    events,
    collections: webhook.collections ?? [],
    where,
    run_as,
    enabled,
  };
}

/** What the API takes. Without chosen collections it is all of them, and no condition. */
function written(values: Values): WebhookWrite {
  const isSome = values.collections.length > 0;
  return {
    ...values,
    events: values.events as WebhookWrite["events"],
    description: values.description.trim() || null,
    collections: isSome ? values.collections : null,
    where: isSome ? values.where : null,
  };
}

export function WebhookForm({
  project,
  webhook,
  onSubmit,
  children,
}: {
  project: string;
  webhook?: Webhook;
  onSubmit: (body: WebhookWrite) => Promise<unknown>;
  children: ReactNode;
}) {
  const { data: collections } = useSuspenseQuery(collectionsQuery(project));
  const api = useApiForm<Values>({
    schema,
    defaultValues: initial(webhook),
    onSubmit: (values) => onSubmit(written(values)),
  });
  const { fields } = strings;
  return (
    <Form {...api}>
      <TextField<Values>
        name="url"
        label={fields.url}
        hint={fields.urlHint}
        type="url"
        placeholder="https://example.com/hooks"
        autoComplete="off"
      />
      <ChoicesField<Values> name="events" label={fields.events} choices={EVENTS} />
      <ChoicesField<Values>
        name="collections"
        label={fields.collections}
        hint={fields.collectionsHint}
        choices={collections.map((each) => ({ value: each.name, label: collectionLabel(each) }))}
      />
      <Where project={project} />
      <Controller
        control={api.form.control}
        name="run_as"
        render={({ field, fieldState }) => (
          <FieldFrame
            label={fields.runAs}
            hint={fields.runAsHint}
            error={fieldState.error?.message}
          >
            {(described) => (
              <PrincipalInput
                project={project}
                value={field.value}
                onChange={field.onChange}
                described={described}
              />
            )}
          </FieldFrame>
        )}
      />
      <TextField<Values> name="description" label={fields.description} />
      <SwitchField<Values> name="enabled" label={fields.enabled} />
      {children}
    </Form>
  );
}

/** The condition; its fields are those of the first chosen collection. */
function Where({ project }: { project: string }) {
  const { data: collections } = useSuspenseQuery(collectionsQuery(project));
  const [first] = useWatch<Values, "collections">({ name: "collections" });
  const [isValid, setValid] = useState(true);
  const { fields } = strings;
  const collection = collections.find((each) => each.name === first);
  if (!collection) {
    return (
      <div className="grid gap-1 text-sm">
        <p className="font-medium">{fields.where}</p>
        <p className="text-xs text-muted-foreground">{fields.whereNone}</p>
      </div>
    );
  }
  return (
    <Controller<Values, "where">
      name="where"
      rules={{ validate: () => isValid || strings.badCondition }}
      render={({ field, fieldState }) => (
        <div className="grid gap-1.5">
          <p className="text-sm font-medium">{fields.where}</p>
          <ConditionField
            key={collection.name}
            label={fields.where}
            subjects={recordSubjects(collection)}
            value={field.value}
            onChange={(value, valid) => {
              setValid(valid);
              field.onChange(value);
            }}
          />
          <p
            className={
              fieldState.error || !isValid
                ? "text-xs text-destructive"
                : "text-xs text-muted-foreground"
            }
          >
            {isValid ? (fieldState.error?.message ?? fields.whereHint) : strings.badCondition}
          </p>
        </div>
      )}
    />
  );
}

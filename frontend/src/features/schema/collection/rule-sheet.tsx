import { Controller } from "react-hook-form";
import { toast } from "sonner";
import { z } from "zod";

import { ConditionField } from "@/components/condition-builder/condition-field";
import type { JsonCondition, Variable } from "@/components/condition-builder/conditions";
import { recordSubjects } from "@/components/condition-builder/record-subjects";
import { TextField } from "@/components/form/field";
import { SheetForm } from "@/components/form/sheet-form";
import { useApiForm } from "@/components/form/use-api-form";
import { type RecordRule, rulesOf, withRule } from "@/features/schema/collection/rules";
import { PartButtons, PartSheet } from "@/features/schema/collection/part-sheet";
import { pointerOf, withChangedCollection } from "@/features/schema/editing";
import { strings } from "@/features/schema/strings";
import type { Working } from "@/features/schema/use-draft";
import { useSchemaSearch } from "@/features/schema/use-schema-search";
import type { Collection } from "@/lib/collections";

type Values = { where: JsonCondition | null; message: string };

const schema = z.object({
  where: z.record(z.string(), z.unknown()).nullable().refine(Boolean, strings.whereNeeded),
  message: z.string().max(500),
});

type Props = { working: Working; collection: Collection };

/** A condition that every record of the collection must meet. */
export function RuleSheet({ working, collection }: Props) {
  const { search, update } = useSchemaSearch();
  const rules = rulesOf(collection);
  const place = search.rule === "new" ? rules.length : Number(search.rule);
  const isOpen = search.rule === "new" || rules[place] !== undefined;

  function close() {
    update({ rule: undefined });
  }

  return (
    <PartSheet
      title={rules[place] ? strings.editCondition : strings.addCondition}
      about={strings.conditionsAbout}
      isOpen={isOpen}
      onClose={close}
    >
      <RuleForm
        working={working}
        collection={collection}
        place={place}
        rule={rules[place]}
        onClose={close}
      />
    </PartSheet>
  );
}

function RuleForm({
  working,
  collection,
  place,
  rule,
  onClose,
}: Props & { place: number; rule: RecordRule | undefined; onClose: () => void }) {
  function keep(next: RecordRule | null) {
    return working.edit(
      (document) => {
        const newest = document.collections.find((each) => each.name === collection.name);
        const changed = withRule(newest ?? collection, place, next);
        return withChangedCollection(document, changed, collection.name);
      },
      (document) => `${pointerOf(document, collection.name)}/validations/${place}`,
    );
  }

  const form = useApiForm<Values>({
    schema,
    defaultValues: { where: rule?.where ?? null, message: rule?.message ?? "" },
    onSubmit: async ({ where, message }) => {
      const said = message.trim() && { message: message.trim() };
      await keep({ rule: "condition", where: where ?? {}, ...said });
      toast.success(message || strings.conditions);
      onClose();
    },
  });
  return (
    <SheetForm
      {...form}
      buttons={
        <PartButtons
          mayEdit={working.mayEdit}
          removal={strings.removeCondition}
          onRemove={rule && (() => keep(null))}
          onClose={onClose}
        />
      }
    >
      <Controller
        name="where"
        control={form.form.control}
        render={({ field, fieldState }) => (
          <div className="grid grid-cols-1 gap-1.5">
            <span aria-hidden className="text-sm font-medium">
              {strings.where}
            </span>
            <ConditionField
              label={strings.where}
              subjects={recordSubjects(collection)}
              variables={variablesOf(collection)}
              value={field.value}
              onChange={field.onChange}
            />
            <p role="alert" className="text-xs text-destructive empty:hidden">
              {fieldState.error?.message}
            </p>
          </div>
        )}
      />
      <TextField<Values>
        name="message"
        label={strings.message}
        hint={strings.ruleMessageHint}
        autoComplete="off"
      />
    </SheetForm>
  );
}

function variablesOf(collection: Collection): Variable[] {
  const record = recordSubjects(collection).map(({ path }) => ({
    name: `$record.${path}`,
    label: "",
  }));
  return [
    ...record,
    { name: "$now", label: strings.now },
    { name: "$today", label: strings.today },
  ];
}

import { useFormContext } from "react-hook-form";

import { SelectField, SwitchField } from "@/components/form/field";
import { type FieldValues, hasColumn, isSearchable } from "@/features/schema/field/field-form";
import { strings } from "@/features/schema/strings";

const INDEXES = Object.entries(strings.indexes).map(([value, label]) => ({ value, label }));

/** Whether it must be there, be the only one, be found, be seen. */
export function FlagFields() {
  const [type, kind] = useFormContext<FieldValues>().watch(["type", "kind"]);
  const isColumn = hasColumn({ type, kind });
  const indexes = INDEXES.filter(({ value }) => value !== "trigram" || isSearchable(type));
  return (
    <div className="grid gap-x-8 gap-y-3 sm:grid-cols-2">
      {isColumn && (
        <>
          <SwitchField name="required" label={strings.required} hint={strings.requiredHint} />
          <SwitchField name="unique" label={strings.unique} hint={strings.uniqueHint} />
        </>
      )}
      <SwitchField name="hidden" label={strings.hidden} hint={strings.hiddenHint} />
      {isSearchable(type) && (
        <SwitchField name="searchable" label={strings.searchable} hint={strings.searchableHint} />
      )}
      {isColumn && (
        <SelectField
          name="index"
          label={strings.index}
          hint={strings.indexHint}
          options={indexes}
          className="sm:col-span-2"
        />
      )}
    </div>
  );
}

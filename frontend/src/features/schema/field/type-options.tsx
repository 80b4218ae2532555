import { useFormContext } from "react-hook-form";

import { SelectField, TextAreaField, TextField } from "@/components/form/field";
import type { FieldValues } from "@/features/schema/field/field-form";
import { RelationOptions } from "@/features/schema/field/relation-options";
import {
  hasBounds,
  isNumber,
  isText,
  ITEM_TYPES,
  USUAL_LENGTHS,
} from "@/features/schema/field/types";
import { strings } from "@/features/schema/strings";
import type { Collection } from "@/lib/collections";

const ITEMS = ITEM_TYPES.map((type) => ({ value: type, label: type }));
const INPUTS: Record<string, string> = { date: "date", datetime: "datetime-local" };

type Props = { type: string; collection: Collection; collections: readonly Collection[] };

/** What only fields of one type have. */
export function TypeOptions({ type, collection, collections }: Props) {
  if (type === "relation") {
    return <RelationOptions collection={collection} collections={collections} />;
  }
  if (type === "enum") {
    return (
      <TextAreaField<FieldValues>
        name="values"
        label={strings.values}
        hint={strings.valuesHint}
        className="[&_textarea]:font-mono"
        spellCheck={false}
      />
    );
  }
  if (type === "array") {
    return <SelectField<FieldValues> name="items" label={strings.items} options={ITEMS} />;
  }
  if (isText(type)) return <TextOptions type={type} />;
  return hasBounds(type) ? <BoundOptions type={type} /> : null;
}

function TextOptions({ type }: { type: string }) {
  const { watch } = useFormContext<FieldValues>();
  return (
    <>
      <div className="grid grid-cols-2 gap-4">
        <TextField<FieldValues> name="min_length" label={strings.minLength} inputMode="numeric" />
        <TextField<FieldValues>
          name="max_length"
          label={strings.maxLength}
          placeholder={String(USUAL_LENGTHS[type] ?? strings.unlimited)}
          inputMode="numeric"
        />
      </div>
      <details className="group -mt-1" open={watch("collation") !== "" || undefined}>
        <summary className="w-fit cursor-pointer rounded-sm text-sm text-muted-foreground hover:text-foreground">
          {strings.collation}
        </summary>
        <TextField<FieldValues>
          name="collation"
          label={strings.collationName}
          hint={strings.collationHint}
          placeholder="de-x-icu"
          className="mt-3 [&_input]:font-mono"
          autoComplete="off"
        />
      </details>
    </>
  );
}

function BoundOptions({ type }: { type: string }) {
  const shared = {
    type: INPUTS[type] ?? "text",
    inputMode: isNumber(type) ? ("decimal" as const) : undefined,
    step: type === "datetime" ? 1 : undefined,
  };
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      {type === "decimal" && (
        <>
          <TextField<FieldValues> name="precision" label={strings.precision} inputMode="numeric" />
          <TextField<FieldValues> name="scale" label={strings.scale} inputMode="numeric" />
        </>
      )}
      <TextField<FieldValues> {...shared} name="min" label={strings.least} />
      <TextField<FieldValues> {...shared} name="max" label={strings.most} />
    </div>
  );
}

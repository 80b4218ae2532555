import { useFormContext } from "react-hook-form";

import { SelectField } from "@/components/form/field";
import type { FieldValues } from "@/features/schema/field/field-form";
import { strings } from "@/features/schema/strings";
import type { Collection } from "@/lib/collections";
import { collectionLabel, isBelongsTo } from "@/lib/fields";

const KINDS = Object.entries(strings.kinds).map(([value, label]) => ({ value, label }));
const ON_DELETES = Object.entries(strings.onDeletes).map(([value, label]) => ({ value, label }));

/** Where it leads, and how: by a key of its own, by the other's key, or by a table between them. */
export function RelationOptions({
  collection,
  collections,
}: {
  collection: Collection;
  collections: readonly Collection[];
}) {
  const [kind, to] = useFormContext<FieldValues>().watch(["kind", "to"]);
  const targets = collections.map((each) => ({ value: each.name, label: collectionLabel(each) }));
  const vias = viasOf(
    collections.find((each) => each.name === to),
    collection.name,
  );
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      <SelectField<FieldValues> name="kind" label={strings.kind} options={KINDS} />
      <SelectField<FieldValues> name="to" label={strings.to} options={targets} />
      {kind === "belongs_to" && (
        <SelectField<FieldValues> name="on_delete" label={strings.onDelete} options={ON_DELETES} />
      )}
      {kind === "has_many" && (
        <SelectField<FieldValues>
          name="via"
          label={strings.via}
          hint={vias.length > 0 ? strings.viaHint : strings.viaNone(to, collection.name)}
          options={vias}
        />
      )}
    </div>
  );
}

function viasOf(target: Collection | undefined, owner: string) {
  const fields = target?.fields ?? [];
  return fields
    .filter((field) => isBelongsTo(field) && field.to === owner)
    .map(({ name }) => ({ value: name, label: name }));
}

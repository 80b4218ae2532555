import { toast } from "sonner";
import { z } from "zod";

import { SelectField } from "@/components/form/field";
import { SheetForm } from "@/components/form/sheet-form";
import { useApiForm } from "@/components/form/use-api-form";
import {
  type Composite,
  compositesOf,
  indexableNames,
  nameOf,
  pointerTo,
  withComposite,
} from "@/features/schema/collection/composites";
import { type IndexValues, PartsField } from "@/features/schema/collection/parts-field";
import { PartButtons, PartSheet } from "@/features/schema/collection/part-sheet";
import { pointerOf, withChangedCollection } from "@/features/schema/editing";
import { strings } from "@/features/schema/strings";
import type { Working } from "@/features/schema/use-draft";
import { useSchemaSearch } from "@/features/schema/use-schema-search";
import type { Collection } from "@/lib/collections";

const KINDS = Object.entries(strings.compositeKinds).map(([value, label]) => ({ value, label }));

const schema = z.object({
  kind: z.string(),
  fields: z
    .array(z.object({ name: z.string(), descending: z.boolean() }))
    .min(1, strings.partsNeeded),
});

type Props = { working: Working; collection: Collection };

/** An index over several fields, or a set of fields that is unique together. */
export function IndexSheet({ working, collection }: Props) {
  const { search, update } = useSchemaSearch();
  const composite = compositesOf(collection).find((each) => nameOf(each) === search.index);
  const isOpen = search.index === "new" || composite !== undefined;

  function close() {
    update({ index: undefined });
  }

  return (
    <PartSheet
      title={composite ? strings.editComposite : strings.addComposite}
      isOpen={isOpen}
      className="max-w-lg"
      onClose={close}
    >
      <IndexForm working={working} collection={collection} composite={composite} onClose={close} />
    </PartSheet>
  );
}

function IndexForm({
  working,
  collection,
  composite,
  onClose,
}: Props & { composite: Composite | undefined; onClose: () => void }) {
  function keep(next: Omit<Composite, "place"> | null) {
    return working.edit(
      (document) => {
        const newest = document.collections.find((each) => each.name === collection.name);
        const changed = withComposite(newest ?? collection, composite, next);
        return withChangedCollection(document, changed, collection.name);
      },
      (document) => {
        const at = document.collections.find((each) => each.name === collection.name);
        const inner = at && next ? pointerTo(at, composite, next.isUnique) : "";
        return pointerOf(document, collection.name) + inner;
      },
    );
  }

  const form = useApiForm<IndexValues>({
    schema,
    defaultValues: {
      kind: composite?.isUnique ? "unique" : "index",
      fields: composite?.parts ?? [],
    },
    onSubmit: async ({ kind, fields }) => {
      await keep({ isUnique: kind === "unique", parts: fields });
      toast.success(fields.map(({ name }) => name).join(", "));
      onClose();
    },
  });
  return (
    <SheetForm
      {...form}
      buttons={
        <PartButtons
          mayEdit={working.mayEdit}
          removal={strings.removeComposite}
          onRemove={composite && (() => keep(null))}
          onClose={onClose}
        />
      }
    >
      <SelectField<IndexValues>
        name="kind"
        label={strings.kind}
        hint={strings.compositesAbout}
        options={KINDS}
      />
      <PartsField names={indexableNames(collection)} />
    </SheetForm>
  );
}

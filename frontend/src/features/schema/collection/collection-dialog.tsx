import { useNavigate } from "@tanstack/react-router";
import { toast } from "sonner";
import { z } from "zod";

import { NameField, SelectField, SwitchField, TextField } from "@/components/form/field";
import { Form, SubmitButton } from "@/components/form/form";
import { useApiForm } from "@/components/form/use-api-form";
import { TitledDialog } from "@/components/titled-dialog";
import { Button } from "@/components/ui/button";
import { DialogFooter } from "@/components/ui/dialog";
import { pointerOf, withChangedCollection, withCollection } from "@/features/schema/editing";
import { NAME } from "@/features/schema/names";
import { strings } from "@/features/schema/strings";
import type { Working } from "@/features/schema/use-draft";
import { useSchemaSearch } from "@/features/schema/use-schema-search";
import type { Collection } from "@/lib/collections";

const ID_TYPES = Object.entries(strings.idTypes).map(([value, label]) => ({ value, label }));
const HISTORIES = Object.entries(strings.histories).map(([value, label]) => ({ value, label }));
const ABOUT: Record<string, string> = strings.historiesAbout;

type Props = { working: Working; collection: Collection | undefined };

/** A new collection, or all that is said of one besides its fields. */
export function CollectionDialog({ working, collection }: Props) {
  const { search, update } = useSchemaSearch();
  const edited = search.settings ? collection : undefined;

  function close() {
    update({ create: undefined, settings: undefined });
  }

  return (
    <TitledDialog
      title={edited ? strings.editCollection(edited.name) : strings.newCollection}
      isOpen={search.create === true || edited !== undefined}
      className="max-w-lg"
      onClose={close}
    >
      <CollectionForm working={working} collection={edited} onClose={close} />
    </TitledDialog>
  );
}

function schemaFor(taken: readonly string[]) {
  return z.object({
    name: z
      .string()
      .regex(NAME, strings.nameInvalid)
      .refine((name) => !taken.includes(name), strings.nameTaken),
    label: z.string(),
    description: z.string(),
    id_type: z.string(),
    history: z.string(),
    created_by: z.boolean(),
  });
}

const BLANK = {
  name: "",
  label: "",
  description: "",
  id_type: "uuid",
  history: "full",
  created_by: false,
};

function valuesOf(collection: Collection | undefined): typeof BLANK {
  const known = Object.entries(collection ?? {}).filter(([name]) => name in BLANK);
  return { ...BLANK, ...Object.fromEntries(known) };
}

function madeFrom(values: typeof BLANK, before: Collection | undefined): Collection {
  const { label, description, created_by } = values;
  return {
    fields: [],
    ...before,
    ...values,
    label: label.trim() || undefined,
    description: description.trim() || undefined,
    created_by: created_by || undefined,
  };
}

function CollectionForm({ working, collection, onClose }: Props & { onClose: () => void }) {
  const navigate = useNavigate();
  const others = working.document.collections.filter((each) => each !== collection);
  const form = useApiForm({
    schema: schemaFor(others.map((each) => each.name)),
    defaultValues: valuesOf(collection),
    onSubmit: async (values) => {
      const made = madeFrom(values, collection);
      await working.edit(
        (document) =>
          collection
            ? withChangedCollection(document, made, collection.name)
            : withCollection(document, made),
        (document) => pointerOf(document, made.name),
      );
      if (collection) toast.success(made.name);
      await navigate({
        to: `/projects/${working.project}/schema/${made.name}`,
        search: collection ? {} : { field: "new" },
      });
    },
  });
  const isSystem = collection?.system === true;
  const history = form.form.watch("history");
  return (
    <Form {...form}>
      {!isSystem && (
        <NameField name="name" label={strings.name} hint={strings.nameHint} autoFocus />
      )}
      <TextField name="label" label={strings.label} hint={strings.labelHint} autoComplete="off" />
      <TextField name="description" label={strings.description} autoComplete="off" />
      {!collection && <SelectField name="id_type" label={strings.idType} options={ID_TYPES} />}
      <SelectField
        name="history"
        label={strings.history}
        hint={ABOUT[history]}
        options={HISTORIES}
      />
      {!isSystem && (
        <SwitchField name="created_by" label={strings.createdBy} hint={strings.createdByHint} />
      )}
      <DialogFooter>
        <Button variant="outline" onClick={onClose}>
          {strings.cancel}
        </Button>
        <SubmitButton>{strings.save}</SubmitButton>
      </DialogFooter>
    </Form>
  );
}

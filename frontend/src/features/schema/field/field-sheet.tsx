import { toast } from "sonner";

import { RemoveButton } from "@/components/confirm-dialog/confirm-button";
import { NameField, SelectField, TextField } from "@/components/form/field";
import { SubmitButton } from "@/components/form/form";
import { SheetForm } from "@/components/form/sheet-form";
import { useApiForm } from "@/components/form/use-api-form";
import { Button } from "@/components/ui/button";
import { Sheet, SheetContent, SheetHeader, SheetTitle } from "@/components/ui/sheet";
import { goneWith, pointerOf, withField, withoutField } from "@/features/schema/editing";
import { DefaultField } from "@/features/schema/field/default-field";
import {
  fieldSchema,
  type FieldValues,
  fromField,
  toField,
} from "@/features/schema/field/field-form";
import { FlagFields } from "@/features/schema/field/flag-fields";
import { RulesField } from "@/features/schema/field/rules-field";
import { TypeOptions } from "@/features/schema/field/type-options";
import { FIELD_TYPES } from "@/features/schema/field/types";
import { strings } from "@/features/schema/strings";
import type { Working } from "@/features/schema/use-draft";
import { useSchemaSearch } from "@/features/schema/use-schema-search";
import type { Collection, Field } from "@/lib/collections";

const TYPES = FIELD_TYPES.map((type) => ({ value: type, label: type }));
const ABOUT: Record<string, string> = strings.types;

type Props = { working: Working; collection: Collection };

/** The field that the address names, or a new one. */
export function FieldSheet({ working, collection }: Props) {
  const { search, update } = useSchemaSearch();
  const field = collection.fields.find((each) => each.name === search.field && !each.read_only);
  const isOpen = search.field === "new" || field !== undefined;

  function close() {
    update({ field: undefined });
  }

  return (
    <Sheet open={isOpen} onOpenChange={(open) => !open && close()}>
      <SheetContent>
        <SheetHeader>
          <SheetTitle>{field ? strings.editField(field.name) : strings.addField}</SheetTitle>
        </SheetHeader>
        <FieldForm working={working} collection={collection} field={field} onClose={close} />
      </SheetContent>
    </Sheet>
  );
}

function FieldForm({
  working,
  collection,
  field,
  onClose,
}: Props & { field: Field | undefined; onClose: () => void }) {
  const { document } = working;
  const others = collection.fields.filter((each) => each !== field).map((each) => each.name);
  const form = useApiForm<FieldValues>({
    schema: fieldSchema(others),
    defaultValues: fromField(field, document.collections),
    onSubmit: async (values) => {
      const made = toField(values, field);
      await working.edit(
        (now) => withField(now, collection.name, made, field?.name),
        (next) => pointerOf(next, collection.name, made.name),
      );
      toast.success(`${collection.name}.${made.name}`);
      onClose();
    },
  });
  return (
    <SheetForm
      {...form}
      buttons={
        <>
          {field && working.mayEdit && (
            <RemoveField working={working} collection={collection} name={field.name} />
          )}
          <Button variant="outline" onClick={onClose}>
            {strings.cancel}
          </Button>
          {working.mayEdit && <SubmitButton>{strings.save}</SubmitButton>}
        </>
      }
    >
      <Inputs working={working} collection={collection} type={form.form.watch("type")} />
    </SheetForm>
  );
}

function Inputs({ working, collection, type }: Props & { type: string }) {
  return (
    <>
      <div className="grid gap-4 sm:grid-cols-2">
        <NameField<FieldValues> name="name" label={strings.name} autoFocus />
        <SelectField<FieldValues>
          name="type"
          label={strings.type}
          options={TYPES}
          hint={ABOUT[type]}
        />
      </div>
      <TypeOptions type={type} collection={collection} collections={working.document.collections} />
      <FlagFields />
      <DefaultField />
      <RulesField />
      <TextField<FieldValues>
        name="label"
        label={strings.label}
        hint={strings.labelHint}
        autoComplete="off"
      />
      <TextField<FieldValues> name="description" label={strings.description} autoComplete="off" />
    </>
  );
}

function RemoveField({ working, collection, name }: Props & { name: string }) {
  const { document } = working;
  const after = withoutField(document, collection.name, name);
  return (
    <RemoveButton
      title={strings.removeField(name)}
      description={strings.removeAbout(goneWith(document, after, `${collection.name}.${name}`))}
      action={strings.remove}
      onConfirm={() => working.edit((newest) => withoutField(newest, collection.name, name))}
    />
  );
}

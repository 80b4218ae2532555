import { type FormEvent, useState } from "react";

import { ErrorPanel } from "@/components/error-panel";
import { FieldFrame } from "@/components/form/field";
import { TitledDialog } from "@/components/titled-dialog";
import { Button } from "@/components/ui/button";
import { DialogFooter } from "@/components/ui/dialog";
import {
  Select,
  SelectContent,
  SelectItem,
  SelectTrigger,
  SelectValue,
} from "@/components/ui/select";
import { changeMany, type Selection } from "@/features/data/api";
import { storedFields } from "@/features/data/columns";
import type { ExplorerProps } from "@/features/data/components/explorer";
import { FieldInput } from "@/features/data/components/field-input";
import { offerUndo } from "@/features/data/offer-undo";
import { strings } from "@/features/data/strings";
import { memberOf } from "@/lib/fields";

type Props = ExplorerProps & { selection: Selection; onDone: () => void };

/** One field of many records. */
export function BulkEditDialog({
  open,
  onOpenChange,
  ...props
}: Props & { open: boolean; onOpenChange: (open: boolean) => void }) {
  return (
    <TitledDialog
      title={strings.editTitle(props.selection.count)}
      about={strings.editAbout}
      isOpen={open}
      onClose={() => onOpenChange(false)}
    >
      <BulkEditForm {...props} onCancel={() => onOpenChange(false)} />
    </TitledDialog>
  );
}

function BulkEditForm({
  project,
  collection,
  collections,
  selection,
  onDone,
  onCancel,
}: Props & { onCancel: () => void }) {
  const fields = storedFields(collection).filter((field) => !field.read_only && !field.unique);
  const [name, setName] = useState(fields[0]?.name ?? "");
  const [value, setValue] = useState<unknown>(undefined);
  const [error, setError] = useState<unknown>(null);
  const [isSaving, setSaving] = useState(false);
  const field = fields.find((each) => each.name === name);

  async function save(event: FormEvent) {
    event.preventDefault();
    if (!field || value === undefined) return;
    setSaving(true);
    setError(null);
    try {
      const change = { [memberOf(field)]: value };
      const requestId = await changeMany(project, collection.name, selection, change);
      onDone();
      offerUndo(project, strings.edited(selection.count), requestId);
    } catch (caught) {
      setError(caught);
    } finally {
      setSaving(false);
    }
  }

  return (
    <form className="grid gap-4" onSubmit={(event) => void save(event)}>
      {error !== null && <ErrorPanel error={error} />}
      <FieldFrame label={strings.editField}>
        {(described) => (
          <Select
            value={name}
            onValueChange={(next) => {
              setName(next);
              setValue(undefined);
            }}
          >
            <SelectTrigger {...described}>
              <SelectValue />
            </SelectTrigger>
            <SelectContent>
              {fields.map((each) => (
                <SelectItem key={each.name} value={each.name}>
                  {each.label ?? each.name}
                </SelectItem>
              ))}
            </SelectContent>
          </Select>
        )}
      </FieldFrame>
      {field && (
        <FieldInput
          key={`${field.name} ${String(value === null)}`}
          project={project}
          collections={collections}
          field={field}
          value={value}
          isNew={false}
          onChange={setValue}
        />
      )}
      {field && !field.required && value !== null && (
        <Button
          variant="link"
          className="h-auto justify-self-start p-0"
          onClick={() => setValue(null)}
        >
          {strings.empty}
        </Button>
      )}
      <DialogFooter>
        <Button variant="outline" onClick={onCancel}>
          {strings.cancel}
        </Button>
        <Button type="submit" aria-disabled={isSaving || value === undefined}>
          {strings.save}
        </Button>
      </DialogFooter>
    </form>
  );
}

import { Trash2Icon } from "lucide-react";
import { type FormEvent, useRef, useState } from "react";
import { toast } from "sonner";

import { RemoveButton } from "@/components/confirm-dialog/confirm-button";
import { ErrorPanel } from "@/components/error-panel";
import { Button } from "@/components/ui/button";
import { SheetBody, SheetFooter } from "@/components/ui/sheet";
import {
  changeMany,
  createRecord,
  type RecordData,
  selectionOf,
  updateRecord,
} from "@/features/data/api";
import { storedFields } from "@/features/data/columns";
import type { ExplorerProps } from "@/features/data/components/explorer";
import { FieldInput } from "@/features/data/components/field-input";
import { ReadOnlyFields } from "@/features/data/components/read-only-fields";
import { RelatedLists } from "@/features/data/components/related-lists";
import { offerUndo } from "@/features/data/offer-undo";
import { strings } from "@/features/data/strings";
import { memberOf } from "@/lib/fields";
import { asProblem, type Problem } from "@/lib/problem";
import { useMayWrite } from "@/routing/use-project";

type Props = ExplorerProps & {
  record: RecordData | null;
  etag: string | null;
  onDone: () => void;
};

/** Only what was changed is sent; what the API refuses comes to stand at its field. */
export function RecordForm(props: Props) {
  const { project, collection, collections, record, etag, onDone } = props;
  const [changes, setChanges] = useState<Record<string, unknown>>({});
  const [problem, setProblem] = useState<Problem | null>(null);
  const [isSaving, setSaving] = useState(false);
  const isBusy = useRef(false); // a second Enter comes before the button is drawn as disabled
  const mayWrite = useMayWrite();
  const fields = storedFields(collection).filter((field) => !field.read_only);

  async function save(event: FormEvent) {
    event.preventDefault();
    if (isBusy.current) return;
    isBusy.current = true;
    setSaving(true);
    setProblem(null);
    try {
      if (record) await updateRecord(project, collection.name, String(record.id), changes, etag);
      else await createRecord(project, collection.name, changes);
      toast.success(record ? strings.saved : strings.created);
      onDone();
    } catch (error) {
      setProblem(asProblem(error));
      isBusy.current = false;
    } finally {
      setSaving(false);
    }
  }

  function faultOf(member: string): string | undefined {
    const pointer = `/${member}`;
    return problem?.violations.find(
      (each) => each.pointer === pointer || each.pointer.startsWith(`${pointer}/`),
    )?.message;
  }

  const isSame = Object.keys(changes).length === 0;
  const members = fields.map(memberOf);
  const isPlaced = problem !== null && members.some((member) => faultOf(member));
  return (
    <form onSubmit={(event) => void save(event)} className="flex min-h-0 flex-1 flex-col">
      <SheetBody className="grid grid-cols-1 content-start gap-4">
        {problem && !isPlaced && <ErrorPanel error={problem} />}
        <fieldset disabled={!mayWrite} className="contents">
          {fields.map((field) => {
            const member = memberOf(field);
            return (
              <FieldInput
                key={member}
                project={project}
                collections={collections}
                field={field}
                value={member in changes ? changes[member] : record?.[member]}
                isNew={record === null}
                error={faultOf(member)}
                onChange={(value) => setChanges((now) => ({ ...now, [member]: value }))}
              />
            );
          })}
        </fieldset>
        {record && <RelatedLists {...props} record={record} />}
        {record && <ReadOnlyFields collection={collection} record={record} />}
      </SheetBody>
      <SheetFooter>
        {record && mayWrite && <DeleteButton {...props} record={record} />}
        <Button variant="outline" onClick={onDone}>
          {mayWrite ? strings.cancel : strings.close}
        </Button>
        {mayWrite && (
          <SaveButton isNew={!record} isIdle={isSaving || (record !== null && isSame)} />
        )}
      </SheetFooter>
    </form>
  );
}

function SaveButton({ isNew, isIdle }: { isNew: boolean; isIdle: boolean }) {
  return (
    <Button type="submit" aria-disabled={isIdle}>
      {isNew ? strings.createAction : strings.save}
    </Button>
  );
}

function DeleteButton({ project, collection, record, onDone }: Props & { record: RecordData }) {
  async function remove() {
    const selection = selectionOf(collection, [String(record.id)]);
    const requestId = await changeMany(project, collection.name, selection, null);
    onDone();
    offerUndo(project, strings.deleted(1), requestId);
  }

  return (
    <RemoveButton
      className="mr-auto"
      title={strings.deleteTitle(1)}
      description={strings.deleteAbout}
      action={strings.delete}
      onConfirm={remove}
    >
      <Trash2Icon />
      {strings.delete}
    </RemoveButton>
  );
}

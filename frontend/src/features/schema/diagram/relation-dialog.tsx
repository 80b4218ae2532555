import { toast } from "sonner";
import { z } from "zod";

import { NameField, SelectField } from "@/components/form/field";
import { Form, SubmitButton } from "@/components/form/form";
import { useApiForm } from "@/components/form/use-api-form";
import { TitledDialog } from "@/components/titled-dialog";
import { Button } from "@/components/ui/button";
import { DialogFooter } from "@/components/ui/dialog";
import { withField } from "@/features/schema/editing";
import { NAME } from "@/features/schema/names";
import { strings } from "@/features/schema/strings";
import type { Working } from "@/features/schema/use-draft";
import type { Field } from "@/lib/collections";
import { collectionLabel } from "@/lib/fields";

const KINDS = Object.entries(strings.kinds).map(([value, label]) => ({ value, label }));
const ON_DELETES = Object.entries(strings.onDeletes).map(([value, label]) => ({ value, label }));

export type Ends = { from: string; to: string };

/** A relation, drawn or not, gets its name and its kind. */
export function RelationDialog({
  working,
  ends,
  onClose,
}: {
  working: Working;
  ends: Ends | null;
  onClose: () => void;
}) {
  return (
    <TitledDialog title={strings.newRelation} isOpen={ends !== null} onClose={onClose}>
      {ends && <RelationForm working={working} ends={ends} onClose={onClose} />}
    </TitledDialog>
  );
}

function RelationForm({
  working,
  ends,
  onClose,
}: {
  working: Working;
  ends: Ends;
  onClose: () => void;
}) {
  const { collections } = working.document;
  const options = collections.map((each) => ({ value: each.name, label: collectionLabel(each) }));
  const schema = z
    .object({
      from: z.string(),
      to: z.string(),
      name: z.string().regex(NAME, strings.nameInvalid),
      kind: z.string(),
      on_delete: z.string(),
    })
    .refine(
      ({ from, name }) =>
        !collections
          .find((each) => each.name === from)
          ?.fields.some((field) => field.name === name),
      { path: ["name"], message: strings.nameTaken },
    );
  const form = useApiForm({
    schema,
    defaultValues: {
      ...ends,
      name: singular(ends.to),
      kind: "belongs_to",
      on_delete: "restrict",
    },
    onSubmit: async ({ from, to, name, kind, on_delete }) => {
      const belongs = kind === "belongs_to" && { on_delete };
      const field: Field = { name, type: "relation", to, kind: kind as Field["kind"], ...belongs };
      await working.edit((document) => withField(document, from, field));
      toast.success(`${from}.${name}`);
      onClose();
    },
  });
  const kind = form.form.watch("kind");
  return (
    <Form {...form}>
      <div className="grid gap-4 sm:grid-cols-2">
        <SelectField name="from" label={strings.from} options={options} />
        <SelectField name="to" label={strings.to} options={options} />
        <SelectField name="kind" label={strings.kind} options={KINDS} />
        {kind === "belongs_to" && (
          <SelectField name="on_delete" label={strings.onDelete} options={ON_DELETES} />
        )}
      </div>
      <NameField name="name" label={strings.name} hint={strings.nameHint} />
      <DialogFooter>
        <Button variant="outline" onClick={onClose}>
          {strings.cancel}
        </Button>
        <SubmitButton>{strings.save}</SubmitButton>
      </DialogFooter>
    </Form>
  );
}

/** “authors” as “author”, “countries” as “country”: a first guess. */
function singular(name: string): string {
  return name.replace(/ies$/, "y").replace(/([^s])s$/, "$1");
}

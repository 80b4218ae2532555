import { toast } from "sonner";
import { z } from "zod";

import { RemoveButton } from "@/components/confirm-dialog/confirm-button";
import { NameField, TextField } from "@/components/form/field";
import { Form, SubmitButton } from "@/components/form/form";
import { useApiForm } from "@/components/form/use-api-form";
import { TitledDialog } from "@/components/titled-dialog";
import { Button } from "@/components/ui/button";
import { DialogFooter } from "@/components/ui/dialog";
import { createRole, deleteRole, describeRole, type Role } from "@/features/roles/api";
import { strings } from "@/features/roles/strings";

const NAME = /^[a-z][a-z0-9_-]{0,62}$/;

const schema = z.object({
  name: z.string().regex(NAME, strings.nameInvalid),
  description: z.string().max(1000),
});

type Props = { project: string; role: Role | undefined; isNew: boolean; onClose: () => void };

export function RoleDialog(props: Props) {
  const { role, isNew, onClose } = props;
  return (
    <TitledDialog
      title={role ? strings.edit(role.name) : strings.create}
      isOpen={isNew || role !== undefined}
      onClose={onClose}
    >
      <RoleForm {...props} />
    </TitledDialog>
  );
}

function RoleForm({ project, role, onClose }: Props) {
  const form = useApiForm({
    schema,
    defaultValues: { name: role?.name ?? "", description: role?.description ?? "" },
    onSubmit: async ({ name, description }) => {
      const said = description.trim() || null;
      if (role) await describeRole(project, name, said);
      else await createRole(project, { name, description: said });
      toast.success(role ? strings.saved : strings.created(name));
      onClose();
    },
  });

  async function remove({ name }: Role) {
    await deleteRole(project, name);
    toast.success(strings.deleted);
    onClose();
  }

  return (
    <Form {...form}>
      {!role && <NameField name="name" label={strings.name} hint={strings.nameHint} autoFocus />}
      <TextField name="description" label={strings.description} autoComplete="off" />
      <DialogFooter>
        {role && (
          <RemoveButton
            title={strings.deleteTitle(role.name)}
            description={strings.deleteAbout}
            action={strings.delete}
            onConfirm={() => remove(role)}
          />
        )}
        <Button variant="outline" onClick={onClose}>
          {strings.cancel}
        </Button>
        <SubmitButton>{strings.save}</SubmitButton>
      </DialogFooter>
    </Form>
  );
}

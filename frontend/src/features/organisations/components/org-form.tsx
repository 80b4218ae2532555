import { useState } from "react";
import { toast } from "sonner";
import { z } from "zod";

import { RemoveButton } from "@/components/confirm-dialog/confirm-button";
import { TextField } from "@/components/form/field";
import { Form, SubmitButton } from "@/components/form/form";
import { useApiForm } from "@/components/form/use-api-form";
import { Button } from "@/components/ui/button";
import { SheetBody, SheetFooter } from "@/components/ui/sheet";
import { createOrg, deleteOrg, type Org, updateOrg } from "@/features/organisations/api";
import { UserField } from "@/features/organisations/components/user-field";
import { organisationsRoute } from "@/features/organisations/routes";
import { strings } from "@/features/organisations/strings";
import { useIsAdmin, useProject } from "@/routing/use-project";

const SLUG = /^([a-z0-9][a-z0-9-]{0,62})?$/;

const schema = z.object({
  name: z.string().trim().min(1, strings.needed).max(200),
  slug: z.string().regex(SLUG, strings.slugInvalid),
});

type Props = { org?: Org; onClose: () => void; onMade?: (id: string) => void };

export function OrgForm({ org, onClose, onMade }: Props) {
  const { project } = organisationsRoute.useParams();
  const { role } = useProject();
  const isAdmin = useIsAdmin();
  const [owner, setOwner] = useState<string>();
  const form = useApiForm({
    schema,
    defaultValues: { name: org?.name ?? "", slug: org?.slug ?? "" },
    onSubmit: async ({ name, slug }) => {
      const given = { name, slug: slug || null };
      if (org) {
        await updateOrg(project, org.id, given);
        toast.success(strings.saved);
      } else {
        const made = await createOrg(project, given, owner);
        toast.success(strings.created(name));
        onMade?.(made.id);
      }
    },
  });
  return (
    <Form {...form} className="flex min-h-0 flex-1 flex-col gap-0">
      <SheetBody className="grid content-start gap-5">
        <TextField name="name" label={strings.name} autoComplete="off" autoFocus={!org} />
        <TextField
          name="slug"
          label={strings.slug}
          hint={strings.slugHint}
          autoComplete="off"
          spellCheck={false}
          className="[&_input]:font-mono"
        />
        {!org && (
          <UserField
            label={strings.owner}
            hint={strings.ownerHint}
            clear={strings.nobody}
            value={owner}
            onChange={setOwner}
          />
        )}
      </SheetBody>
      {role !== "viewer" && (
        <SheetFooter>
          {org && isAdmin && <DeleteButton org={org} onClose={onClose} />}
          <Button variant="outline" onClick={onClose}>
            {strings.cancel}
          </Button>
          <SubmitButton>{org ? strings.save : strings.createAction}</SubmitButton>
        </SheetFooter>
      )}
    </Form>
  );
}

function DeleteButton({ org, onClose }: { org: Org; onClose: () => void }) {
  const { project } = organisationsRoute.useParams();
  return (
    <RemoveButton
      className="mr-auto"
      title={strings.deleteTitle(org.name)}
      description={strings.deleteAbout}
      action={strings.delete}
      onConfirm={async () => {
        await deleteOrg(project, org.id);
        toast.success(strings.deleted);
        onClose();
      }}
    />
  );
}

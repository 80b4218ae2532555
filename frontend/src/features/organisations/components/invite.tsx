import { toast } from "sonner";
import { z } from "zod";

import { SelectField, TextField } from "@/components/form/field";
import { Form, SubmitButton } from "@/components/form/form";
import { useApiForm } from "@/components/form/use-api-form";
import { inviteTo, type Role } from "@/features/organisations/api";
import { organisationsRoute } from "@/features/organisations/routes";
import { strings } from "@/features/organisations/strings";

const ROLES = Object.entries(strings.roles).map(([value, label]) => ({ value, label }));

const schema = z.object({ email: z.email(strings.emailInvalid), role: z.string() });

/** Who is no user yet, or has to agree, gets a link. */
export function Invite({ org }: { org: string }) {
  const { project } = organisationsRoute.useParams();
  const form = useApiForm({
    schema,
    defaultValues: { email: "", role: "member" },
    onSubmit: async ({ email, role }) => {
      await inviteTo(project, org, email, role as Role);
      toast.success(strings.invited(email));
      form.form.reset();
    },
  });
  return (
    <section aria-label={strings.invite} className="grid gap-2 border-t p-5">
      <h3 className="text-sm font-semibold">{strings.invite}</h3>
      <Form {...form} className="flex flex-row flex-wrap items-start gap-2">
        <TextField
          name="email"
          type="email"
          label={strings.email}
          autoComplete="off"
          className="min-w-0 flex-1 basis-40"
        />
        <SelectField name="role" label={strings.inviteRole} options={ROLES} className="w-28" />
        <SubmitButton className="mt-6.5">{strings.inviteAction}</SubmitButton>
      </Form>
      <p className="text-xs text-muted-foreground">{strings.inviteAbout}</p>
    </section>
  );
}

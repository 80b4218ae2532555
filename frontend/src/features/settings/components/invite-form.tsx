import { useState } from "react";
import { toast } from "sonner";
import { z } from "zod";

import { SelectField, TextField } from "@/components/form/field";
import { Form, SubmitButton } from "@/components/form/form";
import { useApiForm } from "@/components/form/use-api-form";
import { SecretOnce } from "@/components/secret-once";
import { Card, CardContent, CardDescription, CardHeader, CardTitle } from "@/components/ui/card";
import { addMember, type Role } from "@/features/settings/api";
import { strings } from "@/features/settings/strings";

const ROLES = (Object.keys(strings.roles) as Role[]).map((value) => ({
  value,
  label: `${strings.roles[value]}: ${strings.rolesAbout[value]}`,
}));

const schema = z.object({ email: z.email(strings.emailInvalid), role: z.string() });

export function InviteForm({ project }: { project: string }) {
  const [link, setLink] = useState<string | null>(null);
  const form = useApiForm({
    schema,
    defaultValues: { email: "", role: "editor" },
    onSubmit: async ({ email, role }) => {
      const { invitation } = await addMember(project, email, role as Role);
      form.form.reset();
      if (!invitation) toast.success(strings.added(email));
      else setLink(`${window.location.origin}/register?invitation=${invitation.token}`);
    },
  });
  return (
    <Card>
      <CardHeader>
        <CardTitle>{strings.invite}</CardTitle>
        <CardDescription>{strings.inviteAbout}</CardDescription>
      </CardHeader>
      <CardContent>
        <Form {...form}>
          <div className="grid gap-4 sm:grid-cols-2">
            <TextField name="email" label={strings.email} type="email" autoComplete="off" />
            <SelectField name="role" label={strings.role} options={ROLES} />
          </div>
          <SubmitButton className="justify-self-start">{strings.add}</SubmitButton>
        </Form>
      </CardContent>
      <SecretOnce
        title={strings.linkTitle}
        about={strings.linkAbout}
        secret={link}
        done={strings.linkDone}
        onDone={() => setLink(null)}
      />
    </Card>
  );
}

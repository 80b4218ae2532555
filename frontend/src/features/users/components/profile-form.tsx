import { toast } from "sonner";
import { z } from "zod";

import { SwitchField, TextField } from "@/components/form/field";
import { Form, SubmitButton } from "@/components/form/form";
import { useApiForm } from "@/components/form/use-api-form";
import { Alert } from "@/components/ui/alert";
import { Button } from "@/components/ui/button";
import { SheetBody, SheetFooter } from "@/components/ui/sheet";
import { updateUser, type User } from "@/features/users/api";
import { RolesField } from "@/features/users/components/roles-field";
import { UserActions } from "@/features/users/components/user-actions";
import { strings } from "@/features/users/strings";
import { useUsersSearch } from "@/features/users/use-users-search";
import { formatMoment } from "@/lib/format";

const schema = z.object({
  email: z.string(),
  name: z.string().max(200),
  email_verified: z.boolean(),
  roles: z.array(z.string()),
});

export function ProfileForm({
  user,
  isInvited,
  onClose,
}: {
  user: User;
  isInvited: boolean;
  onClose: () => void;
}) {
  const { project, isAdmin } = useUsersSearch();
  const form = useApiForm({
    schema,
    defaultValues: {
      email: user.email ?? "",
      name: user.name ?? "",
      email_verified: user.email_verified,
      roles: user.roles,
    },
    onSubmit: async ({ email, name, email_verified: isVerified, roles }) => {
      await updateUser(project, user.id, {
        name: name.trim() || null,
        roles,
        email_verified: isVerified,
        ...(email !== (user.email ?? "") && { email }),
      });
      toast.success(strings.saved);
      onClose();
    },
  });
  return (
    <Form {...form} className="flex min-h-0 flex-1 flex-col gap-0">
      <SheetBody className="grid content-start gap-5">
        {!isAdmin && <Alert>{strings.adminsOnly}</Alert>}
        <fieldset disabled={!isAdmin} className="contents">
          <TextField name="email" type="email" label={strings.email} autoComplete="off" />
          <TextField name="name" label={strings.name} autoComplete="off" />
          <SwitchField
            name="email_verified"
            label={strings.emailVerified}
            hint={strings.emailVerifiedHint}
          />
          <RolesField name="roles" />
        </fieldset>
        <Facts user={user} />
      </SheetBody>
      {isAdmin && (
        <SheetFooter>
          <UserActions user={user} isInvited={isInvited} onClose={onClose} />
          <Button variant="outline" onClick={onClose}>
            {strings.cancel}
          </Button>
          <SubmitButton>{strings.save}</SubmitButton>
        </SheetFooter>
      )}
    </Form>
  );
}

function Facts({ user }: { user: User }) {
  const facts = [
    ["id", user.id],
    [strings.created, formatMoment(user.created_at)],
    [strings.lastLogin, user.last_login_at ? formatMoment(user.last_login_at) : strings.never],
  ];
  return (
    <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-6 gap-y-1.5 border-t pt-4 text-sm">
      {facts.map(([label, value]) => (
        <div key={label} className="contents">
          <dt className="text-muted-foreground">{label}</dt>
          <dd className={label === "id" ? "truncate font-mono text-xs leading-5" : ""}>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

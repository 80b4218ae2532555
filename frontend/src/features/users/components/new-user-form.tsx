import { Controller, useFormContext } from "react-hook-form";
import { toast } from "sonner";
import { z } from "zod";

import { SwitchField, TextField } from "@/components/form/field";
import { Form, SubmitButton } from "@/components/form/form";
import { useApiForm } from "@/components/form/use-api-form";
import { Button } from "@/components/ui/button";
import { Segmented } from "@/components/ui/segmented";
import { SheetBody, SheetFooter } from "@/components/ui/sheet";
import { createUser } from "@/features/users/api";
import { RolesField } from "@/features/users/components/roles-field";
import { strings } from "@/features/users/strings";
import { useUsersSearch } from "@/features/users/use-users-search";

const SHORTEST = 8;
const MODES = ["invite", "password", "none"] as const;

const schema = z
  .object({
    email: z.email(),
    name: z.string().max(200),
    mode: z.enum(MODES),
    password: z.string(),
    email_verified: z.boolean(),
    roles: z.array(z.string()),
  })
  .refine(({ mode, password }) => mode !== "password" || password.length >= SHORTEST, {
    path: ["password"],
    message: strings.passwordHint,
  });

type Values = z.infer<typeof schema>;

export function NewUserForm({ onClose }: { onClose: () => void }) {
  const { project } = useUsersSearch();
  const form = useApiForm<Values>({
    schema,
    defaultValues: {
      email: "",
      name: "",
      mode: "invite",
      password: "",
      email_verified: false,
      roles: [],
    },
    onSubmit: async ({ email, name, mode, password, email_verified: isVerified, roles }) => {
      await createUser(project, {
        email,
        roles,
        invite: mode === "invite",
        email_verified: mode !== "invite" && isVerified,
        ...(name.trim() && { name: name.trim() }),
        ...(mode === "password" && { password }),
      });
      const isInvited = mode === "invite";
      toast.success(isInvited ? strings.invitedToast(email) : strings.createdToast);
      onClose();
    },
  });
  return (
    <Form {...form} className="flex min-h-0 flex-1 flex-col gap-0">
      <SheetBody className="grid content-start gap-5">
        <TextField<Values>
          name="email"
          type="email"
          label={strings.email}
          autoComplete="off"
          autoFocus
        />
        <TextField<Values> name="name" label={strings.name} autoComplete="off" />
        <Mode />
        <RolesField name="roles" />
      </SheetBody>
      <SheetFooter>
        <Button variant="outline" onClick={onClose}>
          {strings.cancel}
        </Button>
        <SubmitButton>{strings.createAction}</SubmitButton>
      </SheetFooter>
    </Form>
  );
}

function Mode() {
  const { control, watch } = useFormContext<Values>();
  const mode = watch("mode");
  return (
    <>
      <div className="grid gap-1.5">
        <span className="text-sm font-medium">{strings.passwordMode}</span>
        <Controller
          control={control}
          name="mode"
          render={({ field }) => (
            <Segmented
              label={strings.passwordMode}
              value={field.value}
              onChange={field.onChange}
              options={MODES.map((value) => ({ value, label: strings.modes[value] }))}
            />
          )}
        />
        <p className="text-xs text-muted-foreground">{strings.modesAbout[mode]}</p>
      </div>
      {mode === "password" && (
        <TextField<Values>
          name="password"
          type="password"
          label={strings.password}
          hint={strings.passwordHint}
          autoComplete="new-password"
        />
      )}
      {mode !== "invite" && (
        <SwitchField<Values>
          name="email_verified"
          label={strings.emailVerified}
          hint={strings.emailVerifiedHint}
        />
      )}
    </>
  );
}

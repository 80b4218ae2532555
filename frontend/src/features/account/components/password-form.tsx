import { toast } from "sonner";
import { z } from "zod";

import { TextField } from "@/components/form/field";
import { Form, SubmitButton } from "@/components/form/form";
import { useApiForm } from "@/components/form/use-api-form";
import { Card, CardContent, CardDescription, CardHeader, CardTitle } from "@/components/ui/card";
import { changePassword } from "@/features/account/api";
import { strings } from "@/features/account/strings";

const schema = z.object({
  current_password: z.string().min(1, strings.needed),
  new_password: z.string().min(8, strings.tooShort),
});

export function PasswordForm() {
  const form = useApiForm({
    schema,
    defaultValues: { current_password: "", new_password: "" },
    onSubmit: async (values) => {
      await changePassword(values);
      form.form.reset();
      toast.success(strings.changed);
    },
  });
  return (
    <Card>
      <CardHeader>
        <CardTitle>{strings.password}</CardTitle>
        <CardDescription>{strings.passwordAbout}</CardDescription>
      </CardHeader>
      <CardContent>
        <Form {...form}>
          <div className="grid gap-4 sm:grid-cols-2">
            <TextField
              name="current_password"
              label={strings.current}
              type="password"
              autoComplete="current-password"
            />
            <TextField
              name="new_password"
              label={strings.next}
              type="password"
              autoComplete="new-password"
            />
          </div>
          <SubmitButton className="justify-self-start">{strings.change}</SubmitButton>
        </Form>
      </CardContent>
    </Card>
  );
}

import { useSyncExternalStore } from "react";
import { toast } from "sonner";
import { z } from "zod";

import { FieldFrame, TextField } from "@/components/form/field";
import { Form, SubmitButton } from "@/components/form/form";
import { useApiForm } from "@/components/form/use-api-form";
import { Card, CardContent, CardHeader, CardTitle } from "@/components/ui/card";
import { Input } from "@/components/ui/input";
import { rename } from "@/features/account/api";
import { strings } from "@/features/account/strings";
import { onSessionChange, signedInAdmin } from "@/lib/session";

const schema = z.object({ name: z.string() });

export function ProfileForm() {
  const admin = useSyncExternalStore(onSessionChange, signedInAdmin);
  const form = useApiForm({
    schema,
    defaultValues: { name: admin?.name ?? "" },
    onSubmit: async ({ name }) => {
      await rename(name);
      toast.success(strings.saved);
    },
  });
  return (
    <Card>
      <CardHeader>
        <CardTitle>{strings.profile}</CardTitle>
      </CardHeader>
      <CardContent>
        <Form {...form}>
          <div className="grid gap-4 sm:grid-cols-2">
            <TextField name="name" label={strings.name} autoComplete="name" />
            <FieldFrame label={strings.email}>
              {(described) => <Input {...described} value={admin?.email ?? ""} readOnly />}
            </FieldFrame>
          </div>
          <SubmitButton className="justify-self-start">{strings.save}</SubmitButton>
        </Form>
      </CardContent>
    </Card>
  );
}

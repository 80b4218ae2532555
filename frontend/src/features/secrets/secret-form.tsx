import { toast } from "sonner";
import { z } from "zod";

import { TextField } from "@/components/form/field";
import { Form, SubmitButton } from "@/components/form/form";
import { useApiForm } from "@/components/form/use-api-form";
import { Button } from "@/components/ui/button";
import { DialogFooter } from "@/components/ui/dialog";
import { keepSecret, type Secret } from "@/features/secrets/api";
import { strings } from "@/features/secrets/strings";

const schema = z.object({
  name: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,62}$/, strings.badName),
  value: z.string().min(1, strings.valueMissing),
  hosts: z.string(),
});
type Values = z.infer<typeof schema>;

export function SecretForm({
  project,
  secret,
  onDone,
}: {
  project: string;
  secret: Secret | undefined;
  onDone: () => void;
}) {
  const api = useApiForm<Values>({
    schema,
    defaultValues: {
      name: secret?.name ?? "",
      value: "",
      hosts: secret?.hosts?.join(", ") ?? "",
    },
    onSubmit: async ({ name, value, hosts }) => {
      const named = hosts.split(",").flatMap((host) => host.trim() || []);
      await keepSecret(project, name, { value, hosts: named.length > 0 ? named : null });
      toast.success(strings.kept(name));
      onDone();
    },
  });
  return (
    <Form {...api}>
      <TextField<Values>
        name="name"
        label={strings.name}
        hint={strings.nameHint}
        readOnly={secret !== undefined}
        autoComplete="off"
        spellCheck={false}
      />
      <TextField<Values>
        name="value"
        label={strings.value}
        type="password"
        autoComplete="new-password"
      />
      <TextField<Values>
        name="hosts"
        label={strings.hosts}
        hint={strings.hostsHint}
        placeholder="api.example.com"
      />
      <DialogFooter>
        <Button variant="outline" onClick={onDone}>
          {strings.cancel}
        </Button>
        <SubmitButton>{strings.keep}</SubmitButton>
      </DialogFooter>
    </Form>
  );
}

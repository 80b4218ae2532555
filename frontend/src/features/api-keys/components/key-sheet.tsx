import { toast } from "sonner";

import { TextField } from "@/components/form/field";
import { Form, SubmitButton } from "@/components/form/form";
import { useApiForm } from "@/components/form/use-api-form";
import { Button } from "@/components/ui/button";
import {
  Sheet,
  SheetBody,
  SheetContent,
  SheetFooter,
  SheetHeader,
  SheetTitle,
} from "@/components/ui/sheet";
import { type ApiKey, createKey, updateKey } from "@/features/api-keys/api";
import { KeyActions } from "@/features/api-keys/components/key-actions";
import { NetworksField } from "@/features/api-keys/components/networks-field";
import { ScopesField } from "@/features/api-keys/components/scopes-field";
import { BLANK, fromKey, keySchema, type KeyValues, toKey } from "@/features/api-keys/key-form";
import { strings } from "@/features/api-keys/strings";

type Props = {
  project: string;
  apiKey: ApiKey | undefined;
  isNew: boolean;
  onClose: () => void;
  onSecret: (secret: string) => void;
};

/** The key that the address names, or a new one. */
export function KeySheet(props: Props) {
  const { apiKey, isNew, onClose } = props;
  return (
    <Sheet open={isNew || apiKey !== undefined} onOpenChange={(open) => !open && onClose()}>
      <SheetContent>
        <SheetHeader>
          <SheetTitle>{isNew ? strings.create : strings.edit}</SheetTitle>
        </SheetHeader>
        <KeyForm key={apiKey?.updated_at ?? "new"} {...props} />
      </SheetContent>
    </Sheet>
  );
}

function KeyForm({ project, apiKey, onClose, onSecret }: Props) {
  const form = useApiForm<KeyValues>({
    schema: keySchema,
    defaultValues: apiKey ? fromKey(apiKey) : BLANK,
    onSubmit: async (values) => {
      if (apiKey) {
        await updateKey(project, apiKey.id, toKey(values, apiKey));
        toast.success(strings.saved);
      } else onSecret(await createKey(project, toKey(values)));
      onClose();
    },
  });
  return (
    <Form {...form} className="flex min-h-0 flex-1 flex-col gap-0">
      <SheetBody className="grid content-start gap-6">
        <TextField<KeyValues>
          name="name"
          label={strings.name}
          hint={strings.nameHint}
          autoComplete="off"
          autoFocus
        />
        <ScopesField />
        <TextField<KeyValues>
          name="expires_at"
          type="date"
          label={strings.expires}
          hint={strings.expiryHint}
          className="[&_input]:w-44"
        />
        <NetworksField />
      </SheetBody>
      <SheetFooter>
        {apiKey && (
          <KeyActions project={project} apiKey={apiKey} onClose={onClose} onSecret={onSecret} />
        )}
        <Button variant="outline" onClick={onClose}>
          {strings.cancel}
        </Button>
        <SubmitButton>{apiKey ? strings.save : strings.createAction}</SubmitButton>
      </SheetFooter>
    </Form>
  );
}

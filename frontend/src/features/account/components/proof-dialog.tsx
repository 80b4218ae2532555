import { z } from "zod";

import { TextField } from "@/components/form/field";
import { Form, SubmitButton } from "@/components/form/form";
import { useApiForm } from "@/components/form/use-api-form";
import { TitledDialog } from "@/components/titled-dialog";
import { Button } from "@/components/ui/button";
import { DialogFooter } from "@/components/ui/dialog";
import { strings } from "@/features/account/strings";

const schema = z.object({ password: z.string().min(1, strings.needed) });

type Props = {
  open: boolean;
  onClose: () => void;
  onProof: (password: string) => Promise<unknown>;
};

export function ProofDialog({ open, ...rest }: Props) {
  return (
    <TitledDialog
      title={strings.proof}
      about={strings.proofAbout}
      isOpen={open}
      onClose={rest.onClose}
    >
      <ProofForm {...rest} />
    </TitledDialog>
  );
}

function ProofForm({ onClose, onProof }: Omit<Props, "open">) {
  const form = useApiForm({
    schema,
    defaultValues: { password: "" },
    onSubmit: async ({ password }) => {
      await onProof(password);
      onClose();
    },
  });
  return (
    <Form {...form}>
      <TextField
        name="password"
        label={strings.current}
        type="password"
        autoComplete="current-password"
        autoFocus
      />
      <DialogFooter>
        <Button variant="outline" onClick={onClose}>
          {strings.cancel}
        </Button>
        <SubmitButton>{strings.go}</SubmitButton>
      </DialogFooter>
    </Form>
  );
}

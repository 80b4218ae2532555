import { type ReactNode, useState } from "react";

import { ErrorPanel } from "@/components/error-panel";
import {
  AlertDialog,
  AlertDialogCancel,
  AlertDialogContent,
  AlertDialogDescription,
  AlertDialogTitle,
} from "@/components/ui/alert-dialog";
import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/input";
import { Label } from "@/components/ui/label";

export type ConfirmDialogProps = {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  /** What will happen, in the words of the thing at hand. */
  description: ReactNode;
  /** The verb on the button. */
  action: string;
  /** What must be typed first, where nothing can be undone. */
  typed?: string;
  isDestructive?: boolean;
  onConfirm: () => Promise<unknown>;
};

export function ConfirmDialog(props: ConfirmDialogProps) {
  return (
    <AlertDialog open={props.open} onOpenChange={props.onOpenChange}>
      <AlertDialogContent>
        <Body {...props} />
      </AlertDialogContent>
    </AlertDialog>
  );
}

function Body({
  onOpenChange,
  title,
  description,
  action,
  typed,
  isDestructive = true,
  onConfirm,
}: ConfirmDialogProps) {
  const [text, setText] = useState("");
  const [isPending, setPending] = useState(false);
  const [error, setError] = useState<unknown>(null);

  async function confirm() {
    setPending(true);
    setError(null);
    try {
      await onConfirm();
      onOpenChange(false);
    } catch (caught) {
      setError(caught);
    } finally {
      setPending(false);
    }
  }

  return (
    <form
      className="grid gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        // A dialog within a form's tree must not send that form.
        event.stopPropagation();
        void confirm();
      }}
    >
      <AlertDialogTitle>{title}</AlertDialogTitle>
      <AlertDialogDescription asChild>
        <div>{description}</div>
      </AlertDialogDescription>
      {typed !== undefined && (
        <div className="grid gap-1.5">
          <Label htmlFor="confirm-text">Type “{typed}” to go on</Label>
          <Input
            id="confirm-text"
            autoComplete="off"
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
        </div>
      )}
      {error !== null && <ErrorPanel error={error} />}
      <div className="flex justify-end gap-2">
        <AlertDialogCancel asChild>
          <Button variant="outline">Cancel</Button>
        </AlertDialogCancel>
        <Button
          type="submit"
          variant={isDestructive ? "destructive" : "default"}
          disabled={isPending || (typed !== undefined && text !== typed)}
        >
          {action}
        </Button>
      </div>
    </form>
  );
}

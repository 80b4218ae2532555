import { type ReactNode, useState } from "react";

import { ConfirmDialog, type ConfirmDialogProps } from "@/components/confirm-dialog/confirm-dialog";
import { Button } from "@/components/ui/button";

/** At the foot of a form: takes away what the form is about, once that is agreed to. */
export function ConfirmButton({
  children,
  ...dialog
}: Omit<ConfirmDialogProps, "open" | "onOpenChange"> & { children?: ReactNode }) {
  const [isAsking, setAsking] = useState(false);
  return (
    <>
      <Button
        variant="ghost"
        className="text-destructive sm:mr-auto"
        onClick={() => setAsking(true)}
      >
        {children ?? dialog.action}
      </Button>
      <ConfirmDialog {...dialog} open={isAsking} onOpenChange={setAsking} />
    </>
  );
}

import { type ComponentProps, useState } from "react";

import { ConfirmDialog, type ConfirmDialogProps } from "@/components/confirm-dialog/confirm-dialog";
import { Button } from "@/components/ui/button";
import { cn } from "@/lib/cn";

type Props = Omit<ConfirmDialogProps, "open" | "onOpenChange"> &
  Pick<ComponentProps<typeof Button>, "children" | "className" | "size" | "variant"> & {
    /** What an icon alone does not say. */
    label?: string;
  };

/** Does what it says once that is agreed to. */
export function ConfirmButton({ children, className, size, variant, label, ...dialog }: Props) {
  const [isAsking, setAsking] = useState(false);
  return (
    <>
      <Button
        variant={variant}
        size={size}
        className={className}
        aria-label={label}
        title={label}
        onClick={() => setAsking(true)}
      >
        {children ?? dialog.action}
      </Button>
      <ConfirmDialog {...dialog} open={isAsking} onOpenChange={setAsking} />
    </>
  );
}

/** At the foot of a form: takes away what the form is about. */
export function RemoveButton({ className, ...props }: Omit<Props, "size" | "variant">) {
  return (
    <ConfirmButton
      {...props}
      variant="ghost"
      className={cn("text-destructive sm:mr-auto", className)}
    />
  );
}

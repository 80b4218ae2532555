import type { ReactNode } from "react";

import { RemoveButton } from "@/components/confirm-dialog/confirm-button";
import { SubmitButton } from "@/components/form/form";
import { Button } from "@/components/ui/button";
import { Sheet, SheetContent, SheetHeader, SheetTitle } from "@/components/ui/sheet";
import { strings } from "@/features/schema/strings";

/** A part of a collection, such as an index or a rule, that the address names. */
export function PartSheet({
  title,
  about,
  isOpen,
  className,
  onClose,
  children,
}: {
  title: string;
  about?: string;
  isOpen: boolean;
  className?: string;
  onClose: () => void;
  children: ReactNode;
}) {
  return (
    <Sheet open={isOpen} onOpenChange={(open) => !open && onClose()}>
      <SheetContent className={className}>
        <SheetHeader>
          <SheetTitle>{title}</SheetTitle>
          {about && <p className="text-sm text-muted-foreground">{about}</p>}
        </SheetHeader>
        {children}
      </SheetContent>
    </Sheet>
  );
}

/** At the foot of its form: take it away, leave it, keep it. */
export function PartButtons({
  mayEdit,
  removal,
  onRemove,
  onClose,
}: {
  mayEdit: boolean;
  /** What is asked before it is taken away. */
  removal: string;
  /** Missing while there is nothing to take away. */
  onRemove: (() => Promise<void>) | undefined;
  onClose: () => void;
}) {
  return (
    <>
      {onRemove && mayEdit && (
        <RemoveButton
          title={removal}
          description={strings.removeIndexAbout}
          action={strings.remove}
          onConfirm={onRemove}
        />
      )}
      <Button variant="outline" onClick={onClose}>
        {strings.cancel}
      </Button>
      {mayEdit && <SubmitButton>{strings.save}</SubmitButton>}
    </>
  );
}

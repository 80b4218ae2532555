import { CopyButton } from "@/components/copy-button";
import { Button } from "@/components/ui/button";
import {
  Dialog,
  DialogContent,
  DialogDescription,
  DialogFooter,
  DialogHeader,
  DialogTitle,
} from "@/components/ui/dialog";

/** A value that no answer tells a second time. It goes only when its reader says so. */
export function SecretOnce({
  title,
  about,
  secret,
  done,
  onDone,
}: {
  title: string;
  about: string;
  secret: string | null;
  /** The word on the button. */
  done: string;
  onDone: () => void;
}) {
  return (
    <Dialog open={secret !== null} onOpenChange={(open) => !open && onDone()}>
      <DialogContent onInteractOutside={(event) => event.preventDefault()}>
        <DialogHeader>
          <DialogTitle>{title}</DialogTitle>
          <DialogDescription>{about}</DialogDescription>
        </DialogHeader>
        <div className="flex items-center gap-1 rounded-md border bg-muted/50 py-1 pr-1 pl-3">
          <code className="min-w-0 flex-1 font-mono text-xs break-all">{secret}</code>
          <CopyButton text={secret ?? ""} label={title} />
        </div>
        <DialogFooter>
          <Button onClick={onDone}>{done}</Button>
        </DialogFooter>
      </DialogContent>
    </Dialog>
  );
}

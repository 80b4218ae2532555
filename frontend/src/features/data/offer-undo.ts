import { toast } from "sonner";

import { undo } from "@/features/data/api";
import { strings } from "@/features/data/strings";
import { asProblem } from "@/lib/problem";

const SHOWN_MS = 10_000;

/** For a while after records were changed. */
export function offerUndo(project: string, message: string, requestId: string | null): void {
  toast.success(message, {
    duration: SHOWN_MS,
    action: requestId && {
      label: strings.undo,
      onClick: () => {
        undo(project, requestId).then(
          () => toast.success(strings.undone),
          (error: unknown) => toast.error(asProblem(error).body.detail),
        );
      },
    },
  });
}

import { useBlocker } from "@tanstack/react-router";

import { ConfirmDialog } from "@/components/confirm-dialog/confirm-dialog";
import { strings } from "@/features/workflows/strings";

/** Ask before a page is left on which something is not saved. */
export function LeaveGuard({ isChanged }: { isChanged: boolean }) {
  const blocker = useBlocker({
    shouldBlockFn: ({ current, next }) => isChanged && current.pathname !== next.pathname,
    enableBeforeUnload: isChanged,
    withResolver: true,
  });
  return (
    <ConfirmDialog
      open={blocker.status === "blocked"}
      onOpenChange={(open) => !open && blocker.reset?.()}
      title={strings.leaveTitle}
      description={strings.leaveAbout}
      action={strings.leave}
      onConfirm={() => Promise.resolve(blocker.proceed?.())}
    />
  );
}

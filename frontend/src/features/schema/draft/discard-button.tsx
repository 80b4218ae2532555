import { toast } from "sonner";

import { RemoveButton } from "@/components/confirm-dialog/confirm-button";
import { discardDraft, type Draft } from "@/features/schema/api";
import { strings } from "@/features/schema/strings";

export function DiscardButton({ project, draft }: { project: string; draft: Draft }) {
  async function discard() {
    await discardDraft(project, draft);
    toast.success(strings.discarded);
  }

  return (
    <RemoveButton
      title={strings.discardTitle}
      description={strings.discardAbout}
      action={strings.discard}
      onConfirm={discard}
    />
  );
}

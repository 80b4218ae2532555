import { TriangleAlertIcon } from "lucide-react";

import { Button } from "@/components/ui/button";
import { DiscardButton } from "@/features/schema/draft/discard-button";
import { countChanges } from "@/features/schema/standing";
import { strings } from "@/features/schema/strings";
import type { Working } from "@/features/schema/use-draft";
import { useSchemaSearch } from "@/features/schema/use-schema-search";
import { cn } from "@/lib/cn";

/** While there is a draft: what of it is new, and the way to its plan. */
export function DraftBar({ working }: { working: Working }) {
  const { project, draft, state, isStale } = working;
  const { update } = useSchemaSearch();
  if (draft === null) return null;
  return (
    <div
      className={cn(
        "flex flex-wrap items-center gap-2 border-b px-4 py-2 text-sm",
        isStale ? "bg-warning/10" : "bg-primary/6",
      )}
    >
      {isStale ? (
        <TriangleAlertIcon aria-hidden className="size-4 text-warning" />
      ) : (
        <span aria-hidden className="size-1.5 rounded-full bg-primary" />
      )}
      <span className="mr-auto">
        {isStale ? strings.stale : strings.draft(countChanges(draft.schema, state.schema))}
      </span>
      {working.mayEdit && <DiscardButton project={project} draft={draft} />}
      <Button onClick={() => update({ review: true })}>
        {isStale ? strings.staleReview : strings.review}
      </Button>
    </div>
  );
}

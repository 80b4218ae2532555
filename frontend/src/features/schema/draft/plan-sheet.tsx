import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { toast } from "sonner";

import { FillForm, isAboutFills } from "@/components/plan-viewer/fill-form";
import { PlanReview } from "@/components/plan-viewer/plan-review";
import type { Plan } from "@/components/plan-viewer/types";
import { Sheet, SheetContent, SheetHeader, SheetTitle } from "@/components/ui/sheet";
import { applyDraft, type Draft, type Fills, planQuery } from "@/features/schema/api";
import { StaleDraft } from "@/features/schema/draft/stale-draft";
import { strings } from "@/features/schema/strings";
import type { Working } from "@/features/schema/use-draft";
import { useSchemaSearch } from "@/features/schema/use-schema-search";

/** What applying the draft would do, and the button that does it. */
export function PlanSheet({ working }: { working: Working }) {
  const { search, update } = useSchemaSearch();
  const { draft, isStale } = working;

  function close() {
    update({ review: undefined });
  }

  return (
    <Sheet
      open={search.review === true && draft !== null}
      onOpenChange={(open) => !open && close()}
    >
      <SheetContent className="max-w-2xl">
        <SheetHeader>
          <SheetTitle>{isStale ? strings.stalePlan : strings.plan}</SheetTitle>
          <p className="text-sm text-muted-foreground">
            {isStale ? strings.stalePlanAbout : strings.planAbout}
          </p>
        </SheetHeader>
        {draft && isStale && <StaleDraft working={working} draft={draft} />}
        {draft && !isStale && <Review working={working} draft={draft} onDone={close} />}
      </SheetContent>
    </Sheet>
  );
}

function Review({
  working,
  draft,
  onDone,
}: {
  working: Working;
  draft: Draft;
  onDone: () => void;
}) {
  const { project } = working;
  const [fills, setFills] = useState<Fills>({});
  const { data: plan, error, refetch } = useQuery(planQuery(project, draft, fills));

  async function apply(agreed: Plan) {
    const { version, status } = await applyDraft(project, agreed, fills);
    toast.success(status === "running" ? strings.goesOn : strings.applied(version));
    onDone();
  }

  return (
    <PlanReview
      project={project}
      plan={plan}
      error={error}
      isPlaced={isAboutFills(error, fills)}
      action={plan?.needs_confirmation ? strings.applyAnyway : strings.apply}
      onRetry={() => void refetch()}
      onCancel={onDone}
      onApply={working.mayEdit ? apply : undefined}
    >
      <FillForm
        project={project}
        collections={draft.schema.collections}
        plan={plan}
        error={error}
        fills={fills}
        onChange={setFills}
      />
    </PlanReview>
  );
}

import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { toast } from "sonner";

import { FillForm, type Fills, isAboutFills } from "@/components/plan-viewer/fill-form";
import { PlanReview } from "@/components/plan-viewer/plan-review";
import { Sheet, SheetContent, SheetHeader, SheetTitle } from "@/components/ui/sheet";
import { documentQuery, rollBack, rollbackPlanQuery } from "@/features/history/api";
import { strings } from "@/features/history/strings";
import { useHistorySearch } from "@/features/history/use-history-search";
import { useIsAdmin } from "@/routing/use-project";

/** The plan back to the version in the address, before anything is done. */
export function RollbackSheet({ project }: { project: string }) {
  const { search, update } = useHistorySearch();
  const { version, rollback } = search;
  const isAdmin = useIsAdmin();

  function close() {
    update({ rollback: undefined });
  }

  return (
    <Sheet
      open={rollback === true && version !== undefined && isAdmin}
      onOpenChange={(open) => !open && close()}
    >
      <SheetContent className="max-w-2xl">
        <SheetHeader>
          <SheetTitle>{strings.rollbackTitle(version ?? 0)}</SheetTitle>
          <p className="text-sm text-muted-foreground">{strings.rollbackAbout}</p>
        </SheetHeader>
        {version !== undefined && <Review project={project} version={version} onDone={close} />}
      </SheetContent>
    </Sheet>
  );
}

function Review({
  project,
  version,
  onDone,
}: {
  project: string;
  version: number;
  onDone: () => void;
}) {
  const { update } = useHistorySearch();
  const [fills, setFills] = useState<Fills>({});
  const { data: wanted } = useQuery(documentQuery(project, version));
  const { data: plan, error, refetch } = useQuery(rollbackPlanQuery(project, version, fills));
  return (
    <PlanReview
      project={project}
      plan={plan}
      error={error}
      isPlaced={isAboutFills(error, fills)}
      action={strings.rollback}
      onRetry={() => void refetch()}
      onCancel={onDone}
      onApply={async (agreed) => {
        await rollBack(project, version, agreed, fills);
        toast.success(strings.rolledBack(version));
        update({ rollback: undefined, version: undefined });
      }}
    >
      <FillForm
        project={project}
        collections={wanted?.schema.collections ?? []}
        plan={plan}
        error={error}
        fills={fills}
        onChange={setFills}
      />
    </PlanReview>
  );
}

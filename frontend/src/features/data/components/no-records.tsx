import { FilterXIcon, TableIcon } from "lucide-react";

import { EmptyState } from "@/components/empty-state";
import { Button } from "@/components/ui/button";
import { strings } from "@/features/data/strings";
import { useDataSearch } from "@/features/data/use-data-search";
import { useMayWrite } from "@/routing/use-project";

export function NoRecords({ isFiltered }: { isFiltered: boolean }) {
  const { update } = useDataSearch();
  const mayWrite = useMayWrite();
  if (isFiltered) {
    return (
      <EmptyState
        icon={FilterXIcon}
        title={strings.noMatchTitle}
        action={
          <Button variant="outline" onClick={() => update({ filter: undefined })}>
            {strings.clearFilter}
          </Button>
        }
      >
        <p>{strings.noMatchAbout}</p>
      </EmptyState>
    );
  }
  return (
    <EmptyState
      icon={TableIcon}
      title={strings.emptyTitle}
      action={
        mayWrite && (
          <>
            <Button onClick={() => update({ record: "new" })}>{strings.create}</Button>
            <Button variant="outline" onClick={() => update({ import: true })}>
              {strings.import}
            </Button>
          </>
        )
      }
    >
      {mayWrite && <p>{strings.emptyAbout}</p>}
    </EmptyState>
  );
}

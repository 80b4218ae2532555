import { ListFilterIcon } from "lucide-react";
import { useMemo, useState } from "react";

import { ConditionBuilder } from "@/components/condition-builder/condition-builder";
import { fromCondition, type Group, toCondition } from "@/components/condition-builder/conditions";
import { Button } from "@/components/ui/button";
import { Popover, PopoverContent, PopoverTrigger } from "@/components/ui/popover";
import { subjectsOf } from "@/features/data/columns";
import { strings } from "@/features/data/strings";
import { useDataSearch } from "@/features/data/use-data-search";
import type { Collection } from "@/lib/collections";

export function FilterMenu({
  collection,
  collections,
}: {
  collection: Collection;
  collections: readonly Collection[];
}) {
  const { search, update } = useDataSearch();
  const [isOpen, setOpen] = useState(false);
  const subjects = useMemo(() => subjectsOf(collection, collections), [collection, collections]);
  const group = fromCondition(search.filter, subjects);
  const count = search.filter ? (group?.rows.length ?? 1) : 0;

  function apply(next: Group | null) {
    update({ filter: (next && toCondition(next)) ?? undefined });
    setOpen(false);
  }

  return (
    <Popover open={isOpen} onOpenChange={setOpen}>
      <PopoverTrigger asChild>
        <Button variant="outline" title={strings.filter}>
          <ListFilterIcon className={count > 0 ? "text-primary" : undefined} />
          <span className="sr-only sm:not-sr-only">{strings.filter}</span>
          {count > 0 && (
            <span className="rounded-full bg-primary px-1.5 text-xs text-primary-foreground">
              {count}
            </span>
          )}
        </Button>
      </PopoverTrigger>
      <PopoverContent label={strings.filter} align="end" className="w-[34rem]">
        {group === null ? (
          <p className="text-sm text-muted-foreground">{strings.complexFilter}</p>
        ) : (
          <FilterForm group={group} subjects={subjects} onApply={apply} />
        )}
        {count > 0 && (
          <Button variant="ghost" size="sm" className="mt-2" onClick={() => apply(null)}>
            {strings.clearFilter}
          </Button>
        )}
      </PopoverContent>
    </Popover>
  );
}

function FilterForm({
  group,
  subjects,
  onApply,
}: {
  group: Group;
  subjects: ReturnType<typeof subjectsOf>;
  onApply: (group: Group) => void;
}) {
  const [first] = subjects;
  const [draft, setDraft] = useState<Group>(() =>
    group.rows.length > 0 || !first
      ? group
      : { match: "all", rows: [{ path: first.path, operator: "eq", value: "" }] },
  );
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        onApply(draft);
      }}
    >
      <ConditionBuilder subjects={subjects} group={draft} onChange={setDraft} />
      <div className="mt-2 flex justify-end border-t pt-3">
        <Button type="submit">{strings.apply}</Button>
      </div>
    </form>
  );
}

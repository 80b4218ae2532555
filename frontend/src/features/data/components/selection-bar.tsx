import { PencilIcon, Trash2Icon } from "lucide-react";
import { useState } from "react";
import { toast } from "sonner";

import { ConfirmDialog } from "@/components/confirm-dialog/confirm-dialog";
import { Button } from "@/components/ui/button";
import { changeMany, countRecords, type Selection, selectionOf } from "@/features/data/api";
import { BulkEditDialog } from "@/features/data/components/bulk-edit-dialog";
import type { ExplorerProps } from "@/features/data/components/explorer";
import { offerUndo } from "@/features/data/offer-undo";
import { strings } from "@/features/data/strings";
import { useDataSearch } from "@/features/data/use-data-search";
import { asProblem } from "@/lib/problem";

const MOST = 10_000;

type Props = ExplorerProps & {
  selected: ReadonlySet<string>;
  /** Those in the grid so far. */
  loaded: number;
  hasMore: boolean;
  onClear: () => void;
};

/** What can be done with the rows that are selected, or with all that match. */
export function SelectionBar(props: Props) {
  const { project, collection, selected, onClear } = props;
  const { search } = useDataSearch();
  const [total, setTotal] = useState<number | null>(null);
  const [asking, setAsking] = useState<"edit" | "delete" | null>(null);
  if (selected.size === 0) return null;
  const isAll = total !== null && selected.size === props.loaded;
  const selection: Selection = isAll
    ? { where: search.filter ?? {}, count: total }
    : selectionOf(collection, selected);

  function close() {
    setAsking(null);
    setTotal(null);
    onClear();
  }

  async function remove() {
    const requestId = await changeMany(project, collection.name, selection, null);
    close();
    offerUndo(project, strings.deleted(selection.count), requestId);
  }

  const isTooMany = selection.count > MOST;
  return (
    <div
      role="toolbar"
      aria-label={strings.selected(selection.count)}
      className="flex flex-wrap items-center gap-2 border-t bg-sidebar px-3 py-2 text-sm"
    >
      <span aria-live="polite">{strings.selected(selection.count)}</span>
      {!isAll && props.hasMore && selected.size === props.loaded && (
        <SelectAll {...props} onAll={setTotal} />
      )}
      {isTooMany && <span className="text-xs text-destructive">{strings.tooMany(MOST)}</span>}
      <div className="ml-auto flex items-center gap-2">
        <Button variant="ghost" onClick={close}>
          {strings.unselect}
        </Button>
        <Button variant="outline" disabled={isTooMany} onClick={() => setAsking("edit")}>
          <PencilIcon />
          {strings.edit}
        </Button>
        <Button
          variant="outline"
          className="text-destructive"
          disabled={isTooMany}
          onClick={() => setAsking("delete")}
        >
          <Trash2Icon />
          {strings.delete}
        </Button>
      </div>
      <BulkEditDialog
        {...props}
        selection={selection}
        open={asking === "edit"}
        onOpenChange={(open) => setAsking(open ? "edit" : null)}
        onDone={close}
      />
      <ConfirmDialog
        open={asking === "delete"}
        onOpenChange={(open) => setAsking(open ? "delete" : null)}
        title={strings.deleteTitle(selection.count)}
        description={strings.deleteAbout}
        action={strings.delete}
        onConfirm={remove}
      />
    </div>
  );
}

/** From the rows in the grid to all that meet the filter, counted exactly: no more may be changed. */
function SelectAll({ project, collection, onAll }: Props & { onAll: (total: number) => void }) {
  const { search } = useDataSearch();
  const [isCounting, setCounting] = useState(false);

  function count() {
    setCounting(true);
    countRecords(project, collection.name, search.filter)
      .then(onAll, (error: unknown) => toast.error(asProblem(error).body.detail))
      .finally(() => setCounting(false));
  }

  return (
    <Button variant="link" disabled={isCounting} onClick={count}>
      {strings.allMatching}
    </Button>
  );
}

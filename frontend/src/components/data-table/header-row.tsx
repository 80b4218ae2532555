import type { RowData } from "@tanstack/react-table";
import { ArrowDownIcon, ArrowUpIcon } from "lucide-react";

import type { DataTableProps } from "@/components/data-table/data-table";
import { CHECK_WIDTH, type Column, OPEN_WIDTH, type Sort } from "@/components/data-table/types";
import type { GridTable } from "@/components/data-table/use-grid-table";
import { Checkbox } from "@/components/ui/checkbox";
import { cn } from "@/lib/cn";

export function HeaderRow<Row extends RowData>({
  table,
  props,
  isAllSelected,
  isCellwise,
}: {
  table: GridTable<Row>;
  props: DataTableProps<Row>;
  isAllSelected: boolean;
  isCellwise: boolean;
}) {
  const { columns, sort, onSort, onSelect, rows, rowId, selected } = props;
  const state = isAllSelected || (selected && selected.size > 0 ? "indeterminate" : false);
  return (
    <div
      role="row"
      aria-rowindex={1}
      className="sticky top-0 z-10 flex h-9 w-max min-w-full border-b bg-sidebar"
    >
      {onSelect && (
        <div
          role="columnheader"
          style={{ width: CHECK_WIDTH }}
          className="flex shrink-0 items-center justify-center"
        >
          <Checkbox
            aria-label="Select all rows"
            checked={state}
            onCheckedChange={(checked) =>
              onSelect(new Set(checked === true ? rows.map(rowId) : []))
            }
          />
        </div>
      )}
      {isCellwise && (
        <div role="columnheader" style={{ width: OPEN_WIDTH }} className="shrink-0">
          <span className="sr-only">Open</span>
        </div>
      )}
      {table.getVisibleLeafColumns().map((shown) => {
        const column = columns.find(({ id }) => id === shown.id);
        if (!column) return null;
        return (
          <HeaderCell
            key={column.id}
            column={column}
            width={shown.getSize()}
            sort={sort?.column === column.id ? sort : null}
            onSort={column.isSortable ? onSort : undefined}
          />
        );
      })}
      <div className="flex-1" role="presentation" />
    </div>
  );
}

function HeaderCell<Row>({
  column,
  width,
  sort,
  onSort,
}: {
  column: Column<Row>;
  width: number;
  sort: Sort | null;
  onSort?: (sort: Sort | null) => void;
}) {
  const content = (
    <>
      <span className="truncate font-medium">{column.header}</span>
      {column.note && (
        <span className="truncate text-xs font-normal text-muted-foreground">{column.note}</span>
      )}
      {sort && (sort.isDescending ? <ArrowDownIcon /> : <ArrowUpIcon />)}
    </>
  );
  const shape = cn(
    "flex h-full w-full items-center gap-1.5 px-3 text-xs [&_svg]:size-3.5 [&_svg]:shrink-0",
    column.align === "right" && "justify-end",
  );
  return (
    <div
      role="columnheader"
      aria-sort={sort ? (sort.isDescending ? "descending" : "ascending") : undefined}
      style={{ width }}
      className="shrink-0 border-r"
    >
      {onSort ? (
        <button
          type="button"
          className={cn(shape, "outline-offset-[-2px] hover:bg-accent")}
          onClick={() => onSort(nextSort(column.id, sort))}
        >
          {content}
        </button>
      ) : (
        <div className={shape}>{content}</div>
      )}
    </div>
  );
}

/** Up, down, and back to the order that the rows have by themselves. */
function nextSort(column: string, sort: Sort | null): Sort | null {
  if (!sort) return { column, isDescending: false };
  return sort.isDescending ? null : { column, isDescending: true };
}

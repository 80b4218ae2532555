import type { RowData } from "@tanstack/react-table";
import { type CSSProperties, useRef } from "react";

import { BodyRow, cellElementId, rowElementId } from "@/components/data-table/body-row";
import { HeaderRow } from "@/components/data-table/header-row";
import { CHECK_WIDTH, type Column, OPEN_WIDTH, type Sort } from "@/components/data-table/types";
import { useGridEditing } from "@/components/data-table/use-grid-editing";
import { useGridRows } from "@/components/data-table/use-grid-rows";
import { useGridTable } from "@/components/data-table/use-grid-table";
import { cn } from "@/lib/cn";

export type DataTableProps<Row> = {
  /** What the grid holds, for those who cannot see it. */
  label: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  rowId: (row: Row) => string;
  hidden?: ReadonlySet<string>;
  sort?: Sort | null;
  onSort?: (sort: Sort | null) => void;
  selected?: ReadonlySet<string>;
  onSelect?: (selected: ReadonlySet<string>) => void;
  onOpen?: (row: Row) => void;
  /** More rows are there, and are asked for as the last ones come into sight. */
  hasMore?: boolean;
  onMore?: () => void;
  className?: string;
};

/**
 * A grid of any number of rows, of which only those in sight are in the document.
 *
 * Arrow keys, Page Up and Down, Home and End walk it; Enter opens a row, Space selects it. Where a
 * column can be edited, cells are walked too: F2, a double click or typing edits one.
 */
export function DataTable<Row extends RowData>(props: DataTableProps<Row>) {
  const { label, rows, rowId, selected, onSelect, className } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const { table, visible } = useGridTable(props);
  const { virtual, slotOf } = useGridRows(scroller, rows.length, props);
  const grid = useGridEditing({ props, visible, scroller, show: virtual.scrollToIndex });

  const { active, editing } = grid;
  const tracks = tracksOf(visible, onSelect !== undefined, grid.isCellwise);
  return (
    <div
      ref={scroller}
      role="grid"
      aria-label={label}
      aria-rowcount={props.hasMore ? -1 : rows.length + 1}
      aria-multiselectable={onSelect !== undefined || undefined}
      aria-activedescendant={active ? activeElementId(active) : undefined}
      tabIndex={0}
      onKeyDown={grid.onKeyDown}
      onFocus={grid.onFocus}
      className={cn("relative scroll-pt-9 overflow-auto text-sm outline-offset-[-2px]", className)}
    >
      <HeaderRow
        table={table}
        props={props}
        isCellwise={grid.isCellwise}
        isAllSelected={selected !== undefined && rows.length > 0 && selected.size >= rows.length}
      />
      <div
        role="rowgroup"
        style={{ height: virtual.getTotalSize(), "--columns": tracks } as CSSProperties}
        className="relative"
      >
        {virtual.getVirtualItems().map((item) => {
          const row = rows[item.index];
          if (row === undefined) return null;
          return (
            <BodyRow
              key={slotOf(item.index)}
              row={row}
              index={item.index}
              columns={visible}
              activeColumn={active?.row === item.index ? active.column : null}
              editing={editing?.row === item.index ? editing : null}
              isSelected={selected?.has(rowId(row)) ?? false}
              isSelectable={onSelect !== undefined}
              isCellwise={grid.isCellwise}
              actions={grid.actions}
            />
          );
        })}
      </div>
    </div>
  );
}

/** The widths of a row's cells: told once, not cell by cell. */
function tracksOf(
  columns: readonly { size: number }[],
  isSelectable: boolean,
  isCellwise: boolean,
): string {
  const widths = columns.map(({ size }) => size);
  if (isCellwise) widths.unshift(OPEN_WIDTH);
  if (isSelectable) widths.unshift(CHECK_WIDTH);
  return widths.map((width) => `${width}px`).join(" ");
}

function activeElementId({ row, column }: { row: number; column: number }): string {
  return column < 0 ? rowElementId(row) : cellElementId(row, column);
}

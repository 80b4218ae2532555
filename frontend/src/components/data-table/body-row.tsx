import { memo, type MouseEvent, type ReactNode } from "react";

import { type CellEdit, ROW_HEIGHT } from "@/components/data-table/types";
import type { VisibleColumn } from "@/components/data-table/use-grid-table";

/** What can be done with a row, the same for all of them. */
export type RowActions = {
  open: (index: number) => void;
  toggle: (index: number) => void;
  press: (index: number, column: number, event: MouseEvent) => void;
  edit: (index: number, column: number) => void;
  editor: (typed?: string) => CellEdit;
};

export type BodyRowProps<Row> = {
  row: Row;
  index: number;
  /** Anew where other columns are shown, or shown otherwise. */
  columns: readonly VisibleColumn<Row>[];
  /** The active cell, -1 for the row itself, null where another row is active. */
  activeColumn: number | null;
  editing: { column: number; typed?: string } | null;
  isSelected: boolean;
  isSelectable: boolean;
  isCellwise: boolean;
  actions: RowActions;
};

export function rowElementId(index: number): string {
  return `grid-row-${index}`;
}

export function cellElementId(index: number, column: number): string {
  return `grid-cell-${index}-${column}`;
}

function PlainBodyRow<Row>(props: BodyRowProps<Row>) {
  const { index, activeColumn, isSelected, isSelectable, isCellwise, actions } = props;
  return (
    <div
      id={rowElementId(index)}
      role="row"
      aria-rowindex={index + 2}
      aria-selected={isSelectable ? isSelected : undefined}
      data-active={activeColumn !== null || undefined}
      style={{ top: index * ROW_HEIGHT }}
      className="group/row absolute left-0 grid h-9 w-max min-w-full cursor-default grid-cols-(--columns) border-b hover:bg-muted/60 aria-selected:bg-primary/6 data-active:z-1 data-active:bg-accent"
      onClick={(event) => {
        if (!isCellwise) actions.open(index);
        else onCell(event, (column) => actions.press(index, column, event));
      }}
      onMouseOver={tellWhole}
      onDoubleClick={(event) => onCell(event, (column) => actions.edit(index, column))}
    >
      {isSelectable && (
        <div
          role="gridcell"
          className="flex items-center justify-center"
          onClick={(event) => event.stopPropagation()}
        >
          {/* The browser's own: a grid draws dozens at once. */}
          <input
            type="checkbox"
            aria-label={`Select row ${index + 1}`}
            className="size-4 accent-primary"
            checked={isSelected}
            onChange={() => actions.toggle(index)}
            tabIndex={-1}
          />
        </div>
      )}
      {isCellwise && (
        <div role="gridcell" className="flex items-center">
          <button
            type="button"
            tabIndex={-1}
            aria-label={`Open row ${index + 1}`}
            title="Open (Enter)"
            className="icon-open relative size-6 rounded-sm text-muted-foreground/60 group-hover/row:text-foreground hover:bg-accent"
            onClick={() => actions.open(index)}
          />
        </div>
      )}
      {props.columns.map((shown, column) => drawCell(props, shown, column))}
    </div>
  );
}

/** Rows that did not change are not drawn again, so that ten thousand walk as fast as ten. */
export const BodyRow = memo(PlainBodyRow) as typeof PlainBodyRow;

/** One handler a row, not one a cell. */
function onCell(event: MouseEvent, act: (column: number) => void): void {
  const cell = (event.target as Element).closest("[data-column]");
  if (cell) act(Number(cell.getAttribute("data-column")));
}

/** What a cell has no room for, where the mouse stays. */
function tellWhole(event: MouseEvent): void {
  const cell = (event.target as Element).closest("[data-column]");
  if (!cell) return;
  if (cell.scrollWidth > cell.clientWidth) cell.setAttribute("title", cell.textContent ?? "");
  else cell.removeAttribute("title");
}

const SHAPE = "data-active:outline-2 data-active:-outline-offset-2 data-active:outline-ring";

/** No component of its own: hundreds are drawn at once. */
function drawCell<Row>(
  { row, index, activeColumn, editing, isCellwise, actions }: BodyRowProps<Row>,
  shown: VisibleColumn<Row>,
  column: number,
): ReactNode {
  const id = isCellwise ? cellElementId(index, column) : undefined;
  if (shown.edit && editing?.column === column) {
    return (
      <div
        key={`edit-${shown.id}`}
        id={id}
        role="gridcell"
        className="relative bg-popover outline-2 -outline-offset-2 outline-ring"
        onKeyDown={(event) => event.stopPropagation()}
      >
        {shown.edit(row, actions.editor(editing.typed))}
      </div>
    );
  }
  const content = shown.cell(row);
  const inside =
    typeof content === "string"
      ? `truncate px-3 leading-9 ${shown.textClass ?? ""}`
      : "flex items-center truncate px-3";
  return (
    <div
      key={shown.id}
      id={id}
      role="gridcell"
      data-column={isCellwise ? column : undefined}
      data-active={activeColumn === column || undefined}
      className={`${SHAPE} ${inside}`}
    >
      {content}
    </div>
  );
}

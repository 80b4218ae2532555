import type { ReactNode } from "react";

export type Sort = { column: string; isDescending: boolean };

/** A cell that is being edited: what was typed to begin with, and the way out. */
export type CellEdit = { typed?: string; done: () => void };

export type Column<Row> = {
  id: string;
  header: string;
  /** Beside the header, such as the type of a field. */
  note?: string;
  /** Plain text is drawn without an element of its own, a whole window of rows at once. */
  cell: (row: Row) => ReactNode;
  /** How plain text looks. */
  textClass?: string;
  /** What stands in the cell while it is edited; without it, the cell is only shown. */
  edit?: (row: Row, edit: CellEdit) => ReactNode;
  width?: number;
  isSortable?: boolean;
  align?: "left" | "right";
};

export const ROW_HEIGHT = 36;
export const CHECK_WIDTH = 40;
export const OPEN_WIDTH = 32;

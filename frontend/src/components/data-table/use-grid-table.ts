import {
  type ColumnDef,
  columnSizingFeature,
  columnVisibilityFeature,
  type ReactTable,
  type RowData,
  tableFeatures,
  useTable,
} from "@tanstack/react-table";
import { useMemo } from "react";

import type { Column } from "@/components/data-table/types";

export const features = tableFeatures({ columnSizingFeature, columnVisibilityFeature });
export type GridTable<Row extends RowData> = ReactTable<typeof features, Row>;

const WIDTH = 180;

export type VisibleColumn<Row> = Column<Row> & { size: number };

const NO_ROWS: never[] = [];

/** The columns in sight and their widths; rows are drawn as they are, without a model of each. */
export function useGridTable<Row extends RowData>({
  columns,
  hidden,
}: {
  columns: readonly Column<Row>[];
  hidden?: ReadonlySet<string>;
}): { table: GridTable<Row>; visible: readonly VisibleColumn<Row>[] } {
  const definitions = useMemo(
    () =>
      columns.map((column): ColumnDef<typeof features, Row> => ({
        id: column.id,
        header: column.header,
        size: column.width ?? WIDTH,
        accessorFn: () => null,
      })),
    [columns],
  );
  const columnVisibility = useMemo(
    () => Object.fromEntries(columns.map(({ id }) => [id, !hidden?.has(id)])),
    [columns, hidden],
  );
  const visible = useMemo(
    () =>
      columns
        .filter(({ id }) => !hidden?.has(id))
        .map((column) => ({ ...column, size: column.width ?? WIDTH })),
    [columns, hidden],
  );
  const table = useTable({
    features,
    columns: definitions,
    data: NO_ROWS,
    state: { columnVisibility },
  });
  return { table, visible };
}

import {
  type MouseEvent,
  type RefObject,
  useCallback,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from "react";

import { cellElementId, type RowActions } from "@/components/data-table/body-row";
import type { DataTableProps } from "@/components/data-table/data-table";
import type { CellEdit, Column } from "@/components/data-table/types";
import { type Spot, useGridKeys } from "@/components/data-table/use-grid-keys";

type Editing = Spot & { typed?: string };

/** What is active and what is edited, and what rows can ask for. */
export function useGridEditing<Row>({
  props,
  visible,
  scroller,
  show,
}: {
  props: DataTableProps<Row>;
  visible: readonly Column<Row>[];
  scroller: RefObject<HTMLDivElement | null>;
  show: (row: number) => void;
}) {
  const { rows, rowId, selected, onSelect, onOpen } = props;
  const isCellwise = visible.some((column) => column.edit);
  const [editing, setEditing] = useState<Editing | null>(null);

  function edit(spot: Spot, typed?: string) {
    if (visible[spot.column]?.edit) setEditing({ ...spot, typed });
    else if (typed === undefined) open(spot.row);
  }

  function open(index: number) {
    const row = rows[index];
    if (row === undefined) return;
    keys.setActive({ row: index, column: -1 });
    onOpen?.(row);
  }

  function toggle(index: number) {
    const row = rows[index];
    if (row === undefined || !onSelect) return;
    const next = new Set(selected);
    if (!next.delete(rowId(row))) next.add(rowId(row));
    onSelect(next);
  }

  function press(row: number, column: number, event: MouseEvent) {
    // With a finger there is no double click and no key.
    if ((event.nativeEvent as PointerEvent).pointerType === "touch") open(row);
    else keys.setActive({ row, column });
  }

  function done() {
    setEditing(null);
    scroller.current?.focus({ preventScroll: true });
  }

  const keys = useGridKeys({
    rows: rows.length,
    columns: isCellwise ? visible.length : 0,
    show,
    open,
    toggle,
    edit,
  });
  const actions = useStable<RowActions>({
    open,
    toggle,
    press,
    edit: (row, column) => edit({ row, column }),
    editor: (typed): CellEdit => ({ typed, done }),
  });
  useSidewaysScroll(keys.active);
  return { ...keys, editing, actions, isCellwise };
}

/** The same functions for good, which do what the latest ones do. */
function useStable<Functions extends Record<string, (...given: never[]) => unknown>>(
  latest: Functions,
): Functions {
  const held = useRef(latest);
  useLayoutEffect(() => {
    held.current = latest;
  });
  const call = useCallback(
    (name: keyof Functions) =>
      (...given: never[]) =>
        held.current[name]?.(...given),
    [],
  );
  const names = Object.keys(latest).join();
  return useMemo(
    () => Object.fromEntries(names.split(",").map((name) => [name, call(name)])) as Functions,
    [names, call],
  );
}

function useSidewaysScroll(active: Spot | null) {
  useEffect(() => {
    if (!active || active.column < 0) return;
    const cell = document.getElementById(cellElementId(active.row, active.column));
    cell?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [active]);
}

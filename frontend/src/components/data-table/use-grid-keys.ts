import { type KeyboardEvent, useState } from "react";

const PAGE = 12;

type Moves = Record<string, (active: number, count: number) => number>;

const DOWN: Moves = {
  ArrowDown: (active, count) => Math.min(active + 1, count - 1),
  ArrowUp: (active) => Math.max(active - 1, 0),
  PageDown: (active, count) => Math.min(active + PAGE, count - 1),
  PageUp: (active) => Math.max(active - PAGE, 0),
  Home: () => 0,
  End: (_, count) => count - 1,
};
/** Left of the first column the row itself is active. */
const ACROSS: Moves = {
  ArrowRight: (active, count) => Math.min(active + 1, count - 1),
  ArrowLeft: (active) => Math.max(active - 1, -1),
};

export type Spot = { row: number; column: number };

/** One row is active, or one cell of it; keys move it, open it, select it, edit it. */
export function useGridKeys({
  rows,
  columns,
  show,
  open,
  toggle,
  edit,
}: {
  rows: number;
  /** How many cells of a row can be walked; none where rows are walked only. */
  columns: number;
  show: (row: number) => void;
  open: (row: number) => void;
  toggle: (row: number) => void;
  edit: (spot: Spot, typed?: string) => void;
}) {
  const [active, setActive] = useState<Spot | null>(null);

  function move(next: Spot) {
    setActive(next);
    show(next.row);
  }

  function walk(key: string): boolean {
    const { row, column } = active ?? { row: -1, column: -1 };
    const down = DOWN[key];
    const across = columns > 0 ? ACROSS[key] : undefined;
    if (down) move({ row: active ? down(row, rows) : 0, column });
    else if (across) move({ row: Math.max(row, 0), column: across(column, columns) });
    return Boolean(down ?? across);
  }

  function act(event: KeyboardEvent, spot: Spot): boolean {
    const isPlain = !event.ctrlKey && !event.metaKey && !event.altKey;
    if (event.key === "Enter") open(spot.row);
    else if (event.key === " ") toggle(spot.row);
    else if (event.key === "F2" && spot.column >= 0) edit(spot);
    else if (event.key.length === 1 && isPlain && spot.column >= 0) edit(spot, event.key);
    else return false;
    return true;
  }

  function onKeyDown(event: KeyboardEvent) {
    // Keys within a cell's own button are the button's.
    if (event.target !== event.currentTarget || rows === 0) return;
    if (walk(event.key) || (active !== null && act(event, active))) event.preventDefault();
  }

  function onFocus(event: React.FocusEvent) {
    const byKeyboard =
      event.target === event.currentTarget && event.target.matches(":focus-visible");
    if (byKeyboard && active === null && rows > 0) move({ row: 0, column: -1 });
  }

  return {
    active: active !== null && active.row < rows ? active : null,
    setActive,
    onKeyDown,
    onFocus,
  };
}

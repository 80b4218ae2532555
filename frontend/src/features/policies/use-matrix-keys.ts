import type { KeyboardEvent, RefObject } from "react";

/** One tab stop; the arrow keys, Home and End go from mark to mark. */
export function useMatrixKeys(table: RefObject<HTMLTableElement | null>) {
  return function onKeyDown(event: KeyboardEvent) {
    const rows = [...(table.current?.tBodies[0]?.rows ?? [])].map((row) => [
      ...row.querySelectorAll("button"),
    ]);
    const y = rows.findIndex((row) => row.includes(event.target as HTMLButtonElement));
    const row = rows[y];
    if (!row) return;
    const x = row.indexOf(event.target as HTMLButtonElement);
    const next = {
      ArrowRight: row[x + 1],
      ArrowLeft: row[x - 1],
      ArrowDown: nearest(rows[y + 1], row[x]),
      ArrowUp: nearest(rows[y - 1], row[x]),
      Home: row[0],
      End: row.at(-1),
    }[event.key];
    if (!next) return;
    event.preventDefault();
    for (const button of rows.flat()) button.tabIndex = button === next ? 0 : -1;
    next.focus();
  };
}

/** The mark of the row that stands most nearly below or above. */
function nearest(row: HTMLButtonElement[] | undefined, from: HTMLButtonElement | undefined) {
  const left = from?.getBoundingClientRect().left ?? 0;
  const away = (button: HTMLButtonElement) => Math.abs(button.getBoundingClientRect().left - left);
  return row?.toSorted((one, other) => away(one) - away(other))[0];
}

import { useVirtualizer, type Virtualizer } from "@tanstack/react-virtual";
import { type RefObject, useEffect } from "react";

import { ROW_HEIGHT } from "@/components/data-table/types";

/** Rows drawn beyond those in sight, at either end. */
const BEYOND = 4;
/** How many rows before the last one more are asked for. */
const AHEAD = 6;
const HEADER_HEIGHT = 36;

/** The rows in sight; asks for more as the last ones come near. */
export function useGridRows(
  scroller: RefObject<HTMLDivElement | null>,
  count: number,
  { hasMore, onMore }: { hasMore?: boolean; onMore?: () => void },
): { virtual: Virtualizer<HTMLDivElement, Element>; slotOf: (index: number) => number } {
  // eslint-disable-next-line react-hooks/incompatible-library -- it holds state of its own
  const virtual = useVirtualizer({
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: BEYOND,
    scrollPaddingStart: HEADER_HEIGHT,
  });
  const last = virtual.getVirtualItems().at(-1)?.index ?? 0;
  const isNearEnd = Boolean(hasMore) && last >= count - AHEAD;
  useEffect(() => {
    if (isNearEnd) onMore?.();
  }, [isNearEnd, count, onMore]);
  // As many places as rows can be drawn at once: a row that comes takes the place of one that
  // went, and its elements with it, which is cheaper than new ones.
  const slots = Math.ceil((virtual.scrollRect?.height ?? 0) / ROW_HEIGHT) + 1 + 2 * BEYOND;
  return { virtual, slotOf: (index) => index % slots };
}

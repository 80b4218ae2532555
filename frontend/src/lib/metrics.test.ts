import { expect, test } from "vitest";

import { totalsOf } from "@/lib/metrics";

const point = (requests: number, average_ms: number | null) => ({
  at: "2026-01-01T00:00:00Z",
  requests,
  refused: 1,
  errors: 0,
  average_ms,
  slowest_ms: average_ms,
});

test("a busy minute weighs more than a quiet one", () => {
  const totals = totalsOf([point(9, 10), point(1, 110), point(0, null)]);
  expect(totals).toEqual({ requests: 10, refused: 3, errors: 0, averageMs: 20, slowestMs: 110 });
});

test("where nothing was asked there is no time to tell", () => {
  expect(totalsOf([point(0, null)]).averageMs).toBeNull();
});

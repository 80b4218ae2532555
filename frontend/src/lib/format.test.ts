import { expect, test } from "vitest";

import { formatAgo, formatCount } from "@/lib/format";

const NOW = Date.parse("2026-03-01T12:00:00Z");

test("moments are told by the largest unit that they fill", () => {
  expect(formatAgo("2026-03-01T11:59:30Z", NOW)).toBe("just now");
  expect(formatAgo("2026-03-01T11:58:00Z", NOW)).toBe("2 minutes ago");
  expect(formatAgo("2026-03-01T09:00:00Z", NOW)).toBe("3 hours ago");
  expect(formatAgo("2026-02-28T12:00:00Z", NOW)).toBe("yesterday");
  expect(formatAgo("2025-03-01T12:00:00Z", NOW)).toBe("Mar 1, 2025");
});

test("counts agree with their nouns", () => {
  expect(formatCount(1, "record")).toBe("1 record");
  expect(formatCount(12_000, "entry", "entries")).toBe("12,000 entries");
});

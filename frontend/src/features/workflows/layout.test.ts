import { expect, test } from "vitest";

import type { Step } from "@/features/workflows/definition";
import { layoutSteps } from "@/features/workflows/layout";

const SWITCH: Step[] = [
  { id: "which", action: "switch", cases: { a: "ship", b: "cancel", c: "cancel" }, else: "end" },
  { id: "ship", action: "log", then: "end" },
  { id: "cancel", action: "log" },
];

test("branches stand beside each other, below the step that chooses", () => {
  const { placed } = layoutSteps(SWITCH);
  const [which, ship, cancel] = placed;
  expect(ship?.y).toBe(cancel?.y);
  expect(ship?.y).toBeGreaterThan(which?.y ?? 0);
  expect(ship?.x).toBeLessThan(cancel?.x ?? 0);
});

test("ways to one place are told together", () => {
  const { ways } = layoutSteps(SWITCH);
  expect(ways.map(({ from, to, label }) => [from, to, label])).toEqual([
    ["0", "1", "a"],
    ["0", "2", "b, c"],
    ["0", "end", "else"],
    ["1", "end", ""],
    ["2", "end", ""],
  ]);
});

test("a body stands within its step, and what follows stands below both", () => {
  const { placed, ways } = layoutSteps([
    {
      id: "each",
      action: "for_each",
      steps: [
        { id: "one", action: "log" },
        { id: "two", action: "log" },
      ],
    },
    { id: "after", action: "log" },
  ]);
  const [each, one, two, after] = placed.map(({ y, height }) => ({ top: y, bottom: y + height }));
  if (!each || !one || !two || !after) throw new Error("Not all are drawn.");
  expect(one.top).toBeGreaterThan(each.top);
  expect(two.bottom).toBeLessThan(each.bottom);
  expect(after.top).toBeGreaterThan(each.bottom);
  expect(ways.find((way) => way.from === "0.0")?.to).toBe("0.1");
});

test("a step that nothing leads to is still drawn, below the one before", () => {
  const { placed } = layoutSteps([
    { id: "a", action: "log", then: "end" },
    { id: "b", action: "log" },
  ]);
  expect(placed[1]?.y).toBeGreaterThan(placed[0]?.y ?? 0);
});

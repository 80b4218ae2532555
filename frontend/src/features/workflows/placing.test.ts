import { expect, test } from "vitest";

import type { Step } from "@/features/workflows/definition";
import { layoutSteps } from "@/features/workflows/layout";
import { insertPlaced, isPlaced, placeStep, tidied } from "@/features/workflows/placing";

const STEPS: Step[] = [
  { id: "one", action: "log" },
  { id: "each", action: "for_each", steps: [{ id: "inner", action: "log" }] },
  { id: "last", action: "log" },
];

const tops = (steps: readonly Step[]) => layoutSteps(steps).placed.map(({ y }) => y);

test("a step stands where it is put, and the others where they stood", () => {
  const after = placeStep(STEPS, [2], { x: 400.4, y: -30 });
  expect(after[2]?.position).toEqual({ x: 400, y: -30 });
  expect(tops(after).slice(0, 3)).toEqual(tops(STEPS).slice(0, 3));
  expect(layoutSteps(after).placed.at(-1)).toMatchObject({ x: 400, y: -30 });
});

test("what is in a body goes with it, and stays behind its corner", () => {
  const after = placeStep(placeStep(STEPS, [1, 0], { x: -50, y: 70 }), [1], { x: 1000, y: 500 });
  const [, each, inner] = layoutSteps(after).placed;
  expect(each).toMatchObject({ x: 1000, y: 500 });
  expect(inner?.own).toEqual({ x: 0, y: 70 });
  expect(inner?.x).toBeGreaterThan(1000);
  const bottom = (inner?.y ?? 0) + (inner?.height ?? 0);
  expect((each?.y ?? 0) + (each?.height ?? 0)).toBeGreaterThan(bottom);
});

test("those below make room for a new step", () => {
  const placed = placeStep(STEPS, [0], { x: 0, y: 0 });
  const after = insertPlaced(placed, [1], { id: "new", action: "log", position: { x: 9, y: 9 } });
  const [one, fresh, each] = after.map(({ position }) => position?.y ?? NaN);
  expect(fresh).toBeGreaterThan(one ?? NaN);
  expect(each).toBeGreaterThan(fresh ?? NaN);
});

test("a list that is laid out stays so when a step comes", () => {
  const after = insertPlaced(STEPS, [0], { id: "new", action: "log", position: { x: 9, y: 9 } });
  expect(isPlaced(after)).toBe(false);
});

test("tidied up, nothing stands where it was put", () => {
  const after = tidied(placeStep(placeStep(STEPS, [1, 0], { x: 5, y: 5 }), [0], { x: 9, y: 9 }));
  expect(after).toEqual(STEPS);
});

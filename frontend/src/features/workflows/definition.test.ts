import { describe, expect, test } from "vitest";

import {
  freshId,
  insertStep,
  moveStep,
  removeStep,
  type Step,
  stepAt,
  withStep,
} from "@/features/workflows/definition";

const STEPS: Step[] = [
  { id: "big", action: "condition", with: { where: {} }, then: "call", else: "end" },
  { id: "call", action: "http.request", with: { url: "https://example.com" }, on_error: "note" },
  {
    id: "each",
    action: "for_each",
    with: { items: "{{steps.call.response.json}}" },
    steps: [{ id: "inner", action: "log", with: { message: "{{steps.call-2.x}}" } }],
  },
  { id: "note", action: "log", with: { message: "{{ steps.call.response.status | json }}" } },
];

const ids = (steps: readonly Step[]) => steps.map((step) => step.id);

describe("steps", () => {
  test("a step within a body is found by its path", () => {
    expect(stepAt(STEPS, [2, 0])?.id).toBe("inner");
    expect(stepAt(STEPS, [7])).toBeUndefined();
  });

  test("a new id is taken over by ways and templates, and by no longer name", () => {
    const call = STEPS[1] as Step;
    const after = withStep(STEPS, [1], { ...call, id: "ask" });
    expect(after[0]?.then).toBe("ask");
    expect(after[2]?.with).toEqual({ items: "{{steps.ask.response.json}}" });
    expect(after[2]?.steps?.[0]?.with).toEqual({ message: "{{steps.call-2.x}}" });
    expect(after[3]?.with).toEqual({ message: "{{ steps.ask.response.status | json }}" });
  });

  test("what led to a removed step leads on", () => {
    const after = removeStep(STEPS, [3]);
    expect(ids(after)).toEqual(["big", "call", "each"]);
    expect(after[1]).not.toHaveProperty("on_error");
  });

  test("steps move within their list and no further", () => {
    expect(ids(moveStep(STEPS, [1], 1))).toEqual(["big", "each", "call", "note"]);
    expect(ids(moveStep(STEPS, [0], -1))).toEqual(ids(STEPS));
  });

  test("a step is put into a body", () => {
    const after = insertStep(STEPS, [2, 1], { id: "mail", action: "email.send" });
    expect(ids(after[2]?.steps ?? [])).toEqual(["inner", "mail"]);
  });

  test("ids are fresh, also beside those of bodies", () => {
    expect(freshId(STEPS, "http.request")).toBe("request");
    expect(freshId(STEPS, "x.inner")).toBe("inner_2");
  });
});

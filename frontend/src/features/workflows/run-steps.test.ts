import { expect, test } from "vitest";

import type { RunStep } from "@/features/workflows/api";
import { ranOf, stepIdOf } from "@/features/workflows/run-steps";

const step = (path: string, status: RunStep["status"]) => ({ path, status }) as RunStep;

test("a turn within a body belongs to its step", () => {
  expect(stepIdOf("each[3].mail")).toBe("mail");
  expect(stepIdOf("each[0].inner[12].log")).toBe("log");
  expect(stepIdOf("call")).toBe("call");
});

test("of many turns the worst is told, and how many there were", () => {
  const ran = ranOf([
    step("call", "succeeded"),
    step("each[0].mail", "succeeded"),
    step("each[1].mail", "failed"),
    step("each[2].mail", "succeeded"),
  ]);
  expect(ran.get("call")).toEqual({ status: "succeeded", count: 1 });
  expect(ran.get("mail")).toEqual({ status: "failed", count: 3 });
  expect(ran.get("later")).toBeUndefined();
});

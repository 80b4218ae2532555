import { expect, test } from "vitest";

import { isMatch, lineOf, presentAfter } from "@/features/realtime/messages";

const AT = Date.parse("2026-01-01T00:00:01Z");
const EVENT = {
  type: "event",
  id: "s",
  event: "record.updated",
  seq: 7,
  data: { collection: "books", record_id: "1", record: { updated_at: "2026-01-01T00:00:00.960Z" } },
};
const member = (ref: string) => ({ ref, by: { type: "app_user", id: "1" }, presence: {} });

test("an event tells its place in the log and how long it took", () => {
  const line = lineOf(EVENT, 1, AT);
  expect(line).toMatchObject({ title: "record.updated", about: "books / 1", seq: 7, lag: 40 });
});

test("answers to what was asked are not shown", () => {
  expect(lineOf({ type: "pong" }, 1, AT)).toBeNull();
});

test("whoever changes how they are shown is there once", () => {
  const present = presentAfter([], { type: "ack", present: [member("a"), member("b")] });
  const after = presentAfter(present, {
    type: "presence",
    joined: [member("b")],
    left: [member("a")],
  });
  expect(after.map(({ ref }) => ref)).toEqual(["b"]);
});

test("all words of a filter must be found, wherever", () => {
  const line = lineOf(EVENT, 1, AT);
  expect(line && isMatch(line, "BOOKS updated")).toBe(true);
  expect(line && isMatch(line, "books deleted")).toBe(false);
});

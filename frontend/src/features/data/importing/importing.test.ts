import { expect, test } from "vitest";

import type { Collection } from "@/lib/collections";

import { CsvReader, findRows, readHead } from "./csv";
import {
  conflictChoices,
  guessMapping,
  guessNulls,
  looksLike,
  missingFields,
  remap,
} from "./mapping";

const FLIGHTS: Collection = {
  name: "flights",
  fields: [
    { name: "carrier", type: "relation", to: "airlines", required: true },
    { name: "flight", type: "int", required: true, label: "Flight number" },
    { name: "dep_delay", type: "int" },
    { name: "note", type: "string" },
  ],
  unique: [["carrier", "flight"]],
};

test("quotes, doubled quotes and line breaks in cells are read across pieces", () => {
  const text = 'a,b\r\n"x, ""y""","two\nlines"\n\nlast,';
  for (let size = 1; size < text.length; size += 1) {
    const reader = new CsvReader();
    const rows: string[][] = [];
    for (let at = 0; at < text.length; at += size)
      rows.push(...reader.feed(text.slice(at, at + size)));
    rows.push(...reader.end());
    expect(rows).toEqual([
      ["a", "b"],
      ['x, "y"', "two\nlines"],
      ["last", ""],
    ]);
  }
});

test("columns find their fields by name, member and label, each once", () => {
  const mapping = guessMapping(["carrier_id", "Flight Number", "flight", "Dep Delay"], FLIGHTS);
  expect(mapping).toEqual({
    carrier_id: "carrier",
    "Flight Number": "flight",
    flight: null,
    "Dep Delay": "dep_delay",
  });
  expect(remap(mapping, "flight", "flight")["Flight Number"]).toBeNull();
  expect(missingFields(FLIGHTS, { x: "carrier" }).map((field) => field.name)).toEqual(["flight"]);
  expect(conflictChoices(FLIGHTS, mapping)).toEqual(["carrier,flight"]);
});

test("words that stand for nothing are found, and cells that do not fit", async () => {
  const file = new File(["carrier,flight,dep_delay\nUA,12,NA\nUA,x,4\n"], "flights.csv");
  const head = await readHead(file);
  if (!head) throw new Error("A CSV can be read.");
  const nulls = guessNulls(head, FLIGHTS, guessMapping(head.header, FLIGHTS));
  expect(nulls).toEqual(["NA"]);
  const [, flight, delay] = FLIGHTS.fields;
  if (!flight || !delay) throw new Error("They are there.");
  expect(looksLike("NA", delay, nulls)).toBe(true);
  expect(looksLike("x", flight, nulls)).toBe(false);
  expect(looksLike("", flight, nulls)).toBe(false);
});

test("rows are found by their numbers, however far down", async () => {
  const lines = Array.from({ length: 30_000 }, (_, index) => `${index + 1},"line ${index + 1}"`);
  const file = new File([`n,text\n${lines.join("\n")}`], "long.csv");
  const found = await findRows(file, new Set([1, 17_000, 30_000]));
  expect([...found.values()].map(([number]) => number)).toEqual(["1", "17000", "30000"]);
});

import { expect, test } from "vitest";

import { linksIn, mailDocument } from "./mail-document";

test("links are found once, without the full stop behind them", () => {
  const text = "Confirm:\nhttps://a.example/x?token=1.\nAgain (https://a.example/x?token=1).";
  expect(linksIn(text)).toEqual(["https://a.example/x?token=1"]);
});

test("the document says first that it may load nothing", () => {
  const page = mailDocument("<img src=https://spy.example/p.png>");
  expect(page.indexOf("default-src 'none'")).toBeLessThan(page.indexOf("spy.example"));
});

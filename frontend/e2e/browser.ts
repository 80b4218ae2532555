/** Chromium, and the rules that every page must keep. */
import { existsSync } from "node:fs";
import { join } from "node:path";

import axe, { type RunOptions } from "axe-core";
import { type Browser, chromium, type Page } from "playwright-core";
import { expect } from "vitest";

const PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

export async function launch(): Promise<Browser> {
  const executablePath = process.env.CHROMIUM ?? PLACES.find((path) => existsSync(path));
  if (!executablePath) {
    throw new Error("No Chromium: apt-get install chromium, or set CHROMIUM to its path.");
  }
  return chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-dev-shm-usage"] });
}

/** What a page did that none may: filled as it goes. */
export type Faults = { console: string[]; foreign: string[] };

// The API's word on what somebody typed: Chromium logs it, and the page shows it.
const REFUSED = /^Failed to load resource: .* status of (409|412|422) /;

const QUIET_MS = 120;
const pending = new WeakMap<Page, Set<unknown>>();

export function watch(page: Page, url: string): Faults {
  const faults: Faults = { console: [], foreign: [] };
  page.on("console", (message) => {
    if (REFUSED.test(message.text())) return;
    if (message.type() === "error" || message.type() === "warning") {
      faults.console.push(message.text());
    }
  });
  page.on("pageerror", (error) => faults.console.push(String(error)));
  const asking = new Set<unknown>();
  pending.set(page, asking);
  page.on("requestfinished", (asked) => asking.delete(asked));
  page.on("requestfailed", (asked) => asking.delete(asked));
  page.on("request", (asked) => {
    // An answer that goes on for as long as the page listens is nothing to wait for.
    if (!new URL(asked.url()).pathname.endsWith("/realtime")) asking.add(asked);
    if (/^https?:/.test(asked.url()) && new URL(asked.url()).host !== new URL(url).host) {
      faults.foreign.push(asked.url());
    }
  });
  return faults;
}

/** Wait until nothing is loading any more. */
export async function settle(page: Page): Promise<void> {
  do await page.waitForTimeout(QUIET_MS);
  while ((pending.get(page)?.size ?? 0) > 0);
  await page.locator("[role=status][aria-label=Loading]").first().waitFor({ state: "detached" });
  // A picture makes the browser paint: until then styles of the theme before may be in force.
  await page.screenshot({ clip: { x: 0, y: 0, width: 1, height: 1 } });
  await page
    .evaluate(() =>
      Promise.all(
        document.getAnimations().map((animation) => animation.finished.catch(() => null)),
      ),
    )
    .catch(() => null);
}

/** What may differ between one look at a page and the next: its layout does not change colours. */
export type Aspect = "everything" | "colours" | "layout";

const STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
const CONTRAST = "color-contrast";

export async function expectAccessible(page: Page, aspect: Aspect = "everything"): Promise<void> {
  // Through the debugger's protocol: the page's own policy allows no foreign script.
  if (!(await page.evaluate("'axe' in window"))) await page.evaluate(axe.source);
  const found = await page.evaluate(async (options) => {
    const { axe } = window as unknown as { axe: typeof import("axe-core") };
    const { violations } = await axe.run(document, options);
    return violations
      .filter(({ impact }) => impact === "serious" || impact === "critical")
      .map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 160)).join(" | ")}`);
  }, rulesOf(aspect));
  expect(found).toEqual([]);
}

function rulesOf(aspect: Aspect): RunOptions {
  // What is in order is not told node by node.
  const resultTypes: RunOptions["resultTypes"] = ["violations"];
  if (aspect === "colours") {
    return { resultTypes, runOnly: { type: "rule", values: [CONTRAST] } };
  }
  const rules = { [CONTRAST]: { enabled: aspect === "everything" } };
  return { resultTypes, runOnly: STANDARDS, rules };
}

/** No page is wider than its window. */
export async function expectNoSideways(page: Page): Promise<void> {
  const wider = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  expect(wider).toBe(0);
}

const IMAGES = join(import.meta.dirname, "../../docs/images");

/** The pictures that the README and docs/ show, by the names of the screens. */
const PICTURES = new Set([
  "overview-wide-light",
  "schema-plan-wide-light",
  "data-wide-light",
  "policies-wide-light",
  "policies-explain-wide-light",
  "overview-phone-dark",
]);

/** Into docs/images where SHOTS=docs, all of them into another directory where SHOTS names one. */
export async function shoot(page: Page, name: string): Promise<void> {
  const place = process.env.SHOTS;
  if (!place || (place === "docs" && !PICTURES.has(name))) return;
  const path = join(place === "docs" ? IMAGES : place, `${name}.png`);
  await page.screenshot({ path, animations: "disabled", caret: "hide" });
}

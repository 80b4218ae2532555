/** How fast the console is: printed, and held to its limit where SPEED names a file. */
import { writeFileSync } from "node:fs";

import type { Page } from "playwright-core";
import { expect } from "vitest";

const LIMIT_MS = 100;
const ROUNDS = 5;
const QUIET_MS = 400;

type Timing = { name: string; ms: number };

/** Load a grid of many rows whole, then use it. With SPEED, the limit holds, and a file gets the figures. */
export async function measure(page: Page, address: string, rows: number): Promise<void> {
  await page.addInitScript(observe);
  await page.goto(address);
  const grid = page.getByRole("grid");
  await grid.getByRole("gridcell").first().waitFor();
  const start = await page.evaluate(readStart);
  await grid.focus();
  await loadAll(page, rows);
  await page.waitForTimeout(1_000);
  await page.evaluate("window.__speed.events.length = 0; window.__speed.long.length = 0");
  const timings = await interact(page);
  const long = await page.evaluate<number[]>("window.__speed.long");
  report(start, timings, long);
  // Wall-clock time is also what others do on the machine: it decides only where it is asked for.
  if (!process.env.SPEED) return;
  for (const { name, ms } of timings) expect(ms, name).toBeLessThanOrEqual(LIMIT_MS);
}

async function loadAll(page: Page, rows: number): Promise<void> {
  const grid = page.getByRole("grid");
  for (let tries = 0; tries < 300; tries += 1) {
    const count = Number(await grid.getAttribute("aria-rowcount"));
    if (count === rows + 1) return;
    await page.keyboard.press("End");
    await page.waitForTimeout(120);
  }
  throw new Error("The grid did not come to its end.");
}

async function interact(page: Page): Promise<Timing[]> {
  const timings: Timing[] = [];
  const press = (key: string) => page.keyboard.press(key);

  // What others do on the machine meanwhile is not the console's: the middle one of several counts.
  async function time(
    name: string,
    act: () => Promise<unknown>,
    before?: () => Promise<unknown>,
  ): Promise<void> {
    const took: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      await before?.();
      await quiet(page);
      await act();
      took.push(Math.max(0, ...(await quiet(page))));
    }
    timings.push({ name, ms: took.sort((a, b) => a - b)[Math.floor(ROUNDS / 2)] ?? 0 });
  }

  await time("arrow down", () => press("ArrowDown"));
  await time(
    "to the first row",
    () => press("Home"),
    () => press("End"),
  );
  await time(
    "to the last row",
    () => press("End"),
    () => press("Home"),
  );
  await time(
    "a page down",
    () => press("PageDown"),
    () => press("Home"),
  );
  await time("select a row", () => press("Space"));
  await time("to the next cell", () => press("ArrowRight"));
  await press("Home");
  await time(
    "begin to edit a cell",
    () => press("F2"),
    () => press("Escape"),
  );
  await time("type into a cell", () => page.keyboard.type("4"));
  await time(
    "keep a cell",
    () => press("Enter"),
    async () => {
      await press("F2");
      await page.keyboard.type(String(Math.floor(performance.now()) % 1_000));
    },
  );
  await time("select all rows", () => page.getByRole("checkbox", { name: "Select all" }).click());
  await time(
    "hide or show a column",
    () => page.getByRole("menuitemcheckbox", { name: "tailnum" }).click(),
    async () => {
      const menu = page.getByRole("menu");
      if (!(await menu.isVisible())) await page.getByRole("button", { name: "Columns" }).click();
    },
  );
  return timings;
}

/** Wait until nothing happens any more; the durations of what did. */
async function quiet(page: Page): Promise<number[]> {
  await page.waitForTimeout(QUIET_MS);
  return page.evaluate<number[]>("window.__speed.events.splice(0)");
}

function report(
  start: { ready: number; long: number; script: number },
  timings: Timing[],
  long: number[],
) {
  const lines = [
    `script of the screen, gzipped: ${(start.script / 1000).toFixed(0)} kB`,
    `time to interactive: ${start.ready.toFixed(0)} ms, long tasks until then: ${start.long.toFixed(0)} ms`,
    ...timings.map(({ name, ms }) => `${name}: ${ms === 0 ? "under 16" : ms.toFixed(0)} ms`),
    `long tasks meanwhile: ${long.length}${long.length ? `, the longest ${Math.max(...long)} ms` : ""}`,
  ];
  process.stdout.write(`\n${lines.join("\n")}\n`);
  if (process.env.SPEED) writeFileSync(process.env.SPEED, `${lines.join("\n")}\n`);
}

/** Within the page: every interaction from the key to the next picture, and every long task. */
function observe(): void {
  const speed = { events: [] as number[], long: [] as number[], longTotal: 0 };
  (window as unknown as { __speed: typeof speed }).__speed = speed;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) speed.events.push(entry.duration);
  }).observe({ type: "event", durationThreshold: 16 } as PerformanceObserverInit);
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      speed.long.push(entry.duration);
      speed.longTotal += entry.duration;
    }
  }).observe({ type: "longtask", buffered: true });
}

function readStart(): { ready: number; long: number; script: number } {
  const { __speed } = window as unknown as { __speed: { longTotal: number } };
  const script = performance
    .getEntriesByType("resource")
    .filter(({ name }) => name.endsWith(".js"))
    .reduce((sum, entry) => sum + (entry as PerformanceResourceTiming).encodedBodySize, 0);
  return { ready: performance.now(), long: __speed.longTotal, script };
}

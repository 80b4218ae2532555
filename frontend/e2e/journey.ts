/** What files of journeys share: an owner who is signed in, a page for each test, no fault on any. */
import type { Browser, BrowserContext, Locator, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, inject } from "vitest";

import { type Faults, launch, shoot, watch } from "./browser";
import { apiOfOwner, signedIn } from "./owner";
import type { Api } from "./world";

const WAIT_MS = 60_000;

// No two files use one server at a time.
const place = Number(process.env.VITEST_POOL_ID) - 1;
export const url = (inject("urls")[place] ?? "").replace("127.0.0.1", "localhost");
export const receiver = inject("receiver");

export let browser: Browser;
export let context: BrowserContext;
export let page: Page;
/** As the owner. */
export let api: Api;
let faults: Faults;

type Journeys = {
  /** Makes what the journeys begin with. */
  prepare?: (as: Api) => Promise<unknown>;
  /** `nobody`: there is no owner yet. `visitor`: there is one, who is not signed in. */
  as?: "owner" | "visitor" | "nobody";
  /** One page for all tests of the file: each goes on where the one before ended. */
  onePage?: boolean;
};

export function journeys({ prepare, as = "owner", onePage = false }: Journeys): void {
  beforeAll(async () => {
    browser = await launch();
    if (as !== "nobody") api = await apiOfOwner(url);
    await prepare?.(api);
    context = await (as === "owner"
      ? signedIn(browser, url)
      : browser.newContext({ viewport: { width: 1440, height: 900 } }));
    if (onePage) await open();
  });

  afterAll(async () => browser.close());

  beforeEach(async () => {
    if (!onePage) await open();
  });

  afterEach(async ({ task }) => {
    if (task.result?.state === "fail") await shoot(page, `failed-${task.id}`);
    if (!onePage) await page.close();
    expect(faults).toEqual({ console: [], foreign: [] });
  });
}

async function open(): Promise<void> {
  page = await context.newPage();
  page.setDefaultTimeout(WAIT_MS);
  faults = watch(page, url);
}

export async function fill(label: string, value: string): Promise<void> {
  await page.getByLabel(label, { exact: true }).fill(value);
}

export async function choose(label: string, option: string): Promise<void> {
  await page.getByRole("combobox", { name: label }).click();
  await page.getByRole("option", { name: option, exact: true }).click();
}

export async function press(name: string | RegExp, within: Page | Locator = page): Promise<void> {
  await within.getByRole("button", { name, exact: true }).first().click();
}

/** Agree to what a dialog asks. */
export async function agree(action: string): Promise<void> {
  const dialog = page.getByRole("alertdialog");
  await press(action, dialog);
  await dialog.waitFor({ state: "detached" });
}

/** From signing in to a live, protected API, a webhook delivered and a workflow run: by keys alone. */
import type { Locator } from "playwright-core";
import { expect, test } from "vitest";

import { settle } from "./browser";
import { journeys, page, receiver, url } from "./journey";
import { CREDENTIALS } from "./world";

const MOST_TABS = 150;
const BASE = "/projects/by-keys";

journeys({ as: "visitor", onePage: true });

/** Tab until it has the focus. */
async function to(target: Locator): Promise<void> {
  await target.waitFor();
  for (let tabs = 0; tabs < MOST_TABS; tabs++) {
    if (await target.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press("Tab");
  }
  throw new Error(`Tab does not lead to ${String(target)}.`);
}

async function press(role: "button" | "link" | "checkbox" | "tab", name: string | RegExp) {
  await to(page.getByRole(role, { name, exact: true }).first());
  await page.keyboard.press(role === "checkbox" ? "Space" : "Enter");
}

async function type(label: string, value: string): Promise<void> {
  await to(page.getByLabel(label, { exact: true }));
  await page.keyboard.press("Control+a");
  await page.keyboard.type(value);
}

/** By the palette: what is looked for, and the heading it leads to. */
async function go(search: string, heading: string): Promise<void> {
  await settle(page);
  await page.keyboard.press("Control+k");
  await page.getByPlaceholder("Go to a screen").waitFor();
  await page.keyboard.type(search);
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: heading, exact: true }).first().waitFor();
  await settle(page);
}

async function statusOfAnyone(): Promise<number> {
  return (await fetch(`${url}/api${BASE}/data/notes`)).status;
}

test("a project, by keys alone", async () => {
  await page.goto(`${url}/login`);
  await type("E-mail address", CREDENTIALS.email);
  await type("Password", CREDENTIALS.password);
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/(projects|welcome)/);
  await go("new project", "New project");
  await type("Name", "By keys");
  await page.keyboard.press("Enter");
  await page.waitForURL("**/projects/by-keys/overview");
});

test("a schema and a first record, by keys alone", async () => {
  await go("schema", "Schema");
  await press("button", "New collection");
  await type("Name", "notes");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Add a field" }).waitFor();
  await type("Name", "text");
  await page.keyboard.press("Enter");
  await page.getByText("1 collection changed in the draft").waitFor();
  await press("button", "Review changes");
  await press("button", "Apply");
  await press("link", "Open the data");
  await press("button", "New record");
  await type("text", "the first");
  await page.keyboard.press("Enter");
  await page.getByRole("row", { name: /the first/ }).waitFor();
});

test("a policy lets everyone in, by keys alone", async () => {
  expect(await statusOfAnyone()).toBe(401);
  await go("policies", "Policies");
  await press("button", "New policy");
  await page.keyboard.press("ArrowDown");
  await to(page.getByRole("menuitem", { name: /From a template/ }));
  await page.keyboard.press("Enter");
  await press("button", /Public read/);
  await press("button", "Make the policies");
  await expect.poll(statusOfAnyone).toBe(200);
});

test("a webhook is told and a workflow runs, by keys alone", async () => {
  await go("webhooks", "Webhooks");
  await press("link", "New webhook");
  await type("URL", `${receiver}/by-keys`);
  await press("button", "Create");
  await press("button", "I have it");
  await go("workflows", "Workflows");
  await press("link", /^By hand/);
  await type("Name", "greet");
  await press("button", "Create");
  await press("button", "Run");
  await press("button", "Start");
  await page.getByText("Succeeded").first().waitFor();
  await go("notes", "notes");
  await press("button", "New record");
  await type("text", "the second");
  await page.keyboard.press("Enter");
  await page.getByRole("row", { name: /the second/ }).waitFor();
  await go("webhooks", "Webhooks");
  await press("link", /by-keys/);
  await page.getByRole("link", { name: /Succeeded.*record\.created/ }).waitFor();
});

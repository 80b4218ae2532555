/**
 * From the very first page, on a server that nobody owns, to a protected live API with data, a
 * webhook delivered and a workflow run: without leaving the console, and without an address typed.
 */
import { expect, test } from "vitest";

import { expectAccessible, settle, shoot } from "./browser";
import { fill, journeys, page, press, receiver, url } from "./journey";
import { CREDENTIALS } from "./world";

const NOTES = `${url}/api/projects/first-day/data/notes`;

journeys({ as: "nobody", onePage: true });

/** By the sidebar, as somebody who looks around. */
async function go(screen: string, heading = screen): Promise<void> {
  await page
    .getByRole("navigation", { name: "Project" })
    .getByRole("link", { name: screen })
    .click();
  await page.getByRole("heading", { name: heading, exact: true }).first().waitFor();
  await settle(page);
}

async function writeNote(text: string): Promise<void> {
  await go("Data", "notes");
  await press("New record");
  await fill("text", text);
  await press("Create");
  await page.getByRole("row", { name: text }).waitFor();
}

async function asAnyone(body?: object): Promise<number> {
  const headers = { "Content-Type": "application/json" };
  const answer = await fetch(
    NOTES,
    body && { method: "POST", headers, body: JSON.stringify(body) },
  );
  return answer.status;
}

test("the first visitor becomes the owner and makes a project", async () => {
  await page.goto(url);
  await page.getByRole("heading", { name: "Welcome to Backendify" }).waitFor();
  await fill("E-mail address", CREDENTIALS.email);
  await fill("Your name", CREDENTIALS.name);
  await fill("Password", CREDENTIALS.password);
  await settle(page);
  await expectAccessible(page);
  await shoot(page, "register");
  await press("Create the owner’s account");
  await page.getByRole("heading", { name: "Your first project" }).waitFor();
  await fill("Name", "First day");
  await settle(page);
  await expectAccessible(page);
  await shoot(page, "welcome");
  await press("Create project");
  await page.waitForURL("**/projects/first-day/overview");
  await page.getByText("0 of 6 done").waitFor();
});

test("a collection is drafted and applied, and the first record written", async () => {
  await page.getByRole("link", { name: /Add a collection/ }).click();
  await press("New collection");
  await fill("Name", "notes");
  await press("Keep in the draft");
  await page.getByRole("heading", { name: "Add a field" }).waitFor();
  await fill("Name", "text");
  await press("Keep in the draft");
  await page.getByText("1 collection changed in the draft").waitFor();
  await press("Review changes");
  await press("Apply");
  await page.getByText("is in force").waitFor();
  await page.getByRole("link", { name: "Open the data" }).click();
  await press("New record");
  await fill("text", "written on the first day");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Enter"); // twice, as it happens; once is what is meant
  const written = page.getByRole("row", { name: /written on the first day/ });
  await written.waitFor();
  await settle(page);
  expect(await written.count()).toBe(1);
});

test("the API is closed until a policy opens it, and then as far as that says", async () => {
  expect(await asAnyone()).toBe(401);
  await go("Policies");
  await press("New policy");
  await page.getByRole("menuitem", { name: /From a template/ }).click();
  await press(/Public read/);
  await press("Make the policies");
  await expect.poll(() => asAnyone()).toBe(200);
  expect(await asAnyone({ text: "by a stranger" })).toBe(403);
});

test("a webhook is delivered and a workflow runs, for one record written", async () => {
  await go("Webhooks");
  await page.getByRole("link", { name: "New webhook" }).first().click();
  await fill("URL", `${receiver}/first-day`);
  await press("Create");
  await press("I have it");
  await go("Workflows");
  await page.getByRole("link", { name: /^Mail what is new/ }).click();
  await fill("Name", "greet what is new");
  await press("Create");
  await page.getByRole("tab", { name: "Runs" }).waitFor();

  await writeNote("heard of");
  await go("Webhooks");
  await page.getByRole("link", { name: /first-day/ }).click();
  await page.getByRole("link", { name: /Succeeded.*record\.created/ }).click();
  await page.getByRole("region", { name: "Answer" }).getByText('"taken": true').waitFor();
  await page.keyboard.press("Escape");
  await go("Workflows");
  await page.getByRole("link", { name: "greet what is new" }).click();
  await page.getByRole("tab", { name: "Runs" }).click();
  await page.getByRole("link", { name: "Succeeded" }).click();
  await page.getByRole("group", { name: /^tell, .*Succeeded$/ }).waitFor();
});

test("the way there is ticked off by itself", async () => {
  await go("Overview", "First day");
  await page.getByText("4 of 6 done").waitFor();
});

/** Running a project: its team, its limits, its documents, and its end. */
import { readFileSync } from "node:fs";

import type { Page } from "playwright-core";
import { expect, test } from "vitest";

import { expectAccessible, expectNoSideways, settle, watch } from "./browser";
import { agree, api, browser, choose, fill, journeys, page, press, url } from "./journey";

const BASE = "/projects/office";
const LINUS = { email: "linus@example.com", name: "Linus", password: "a longer passphrase" };

journeys({
  prepare: async (api) => {
    await api("POST", "/projects", { name: "Office", slug: "office" });
    await api("POST", `${BASE}/collections`, {
      name: "desks",
      fields: [{ name: "number", type: "int" }],
    });
    await api("POST", `${BASE}/workflows`, {
      name: "Count the desks",
      trigger: { type: "manual" },
      steps: [
        { id: "found", action: "data.list", with: { collection: "desks" } },
        { id: "tell", action: "log", with: { message: "{{ steps.found.data }}" } },
      ],
    });
  },
});

async function go(tab: string): Promise<void> {
  await page.goto(`${url}${BASE}/settings?tab=${tab}`);
}

async function savedToast(): Promise<void> {
  await page.getByText("Saved.", { exact: true }).first().waitFor();
}

test("somebody is invited, comes by the link, and may do what the role says", async () => {
  await go("team");
  await fill("E-mail address", LINUS.email);
  await page.getByRole("combobox", { name: "Role", exact: true }).click();
  await page.getByRole("option", { name: /^Viewer/ }).click();
  await press("Add");
  const dialog = page.getByRole("dialog", { name: "Pass this link on" });
  const link = (await dialog.locator("code").textContent()) ?? "";
  await press("Done", dialog);
  await page.getByText("Invitations").waitFor();

  const visitor = await browser.newContext({ viewport: { width: 390, height: 844 } });
  const visit = await visitor.newPage();
  const faults = watch(visit, url);
  await visit.goto(link);
  await visit.getByText(/You were invited/).waitFor();
  await visit.getByLabel("E-mail address").fill(LINUS.email);
  await visit.getByLabel("Your name").fill(LINUS.name);
  await visit.getByLabel("Password", { exact: true }).fill(LINUS.password);
  await settle(visit);
  await expectAccessible(visit);
  await press("Create account", visit);
  await visit.getByRole("link", { name: /Office/ }).click();
  await visit.waitForURL("**/projects/office/overview");
  for (const screen of [
    "data/users",
    "api-keys",
    "users",
    "roles",
    "webhooks",
    "workflows",
    "settings?tab=api",
  ]) {
    await visit.goto(`${url}${BASE}/${screen}`);
    await settle(visit);
    await expectNoSideways(visit);
    const offered = visit.getByText(/^New (record|key|role|user|webhook|workflow)$/);
    expect(await offered.count(), screen).toBe(0);
  }
  await visit.goto(`${url}${BASE}/api-keys`);
  await visit.getByRole("heading", { name: "Not for your role" }).waitFor();
  await looksOnly(visit);
  expect(faults.foreign).toEqual([]);
  await visitor.close();

  await go("team");
  await choose("Role: Linus", "Editor");
  await page.getByText("Linus is now Editor.").waitFor();
  await page
    .getByRole("listitem")
    .filter({ hasText: "Linus" })
    .getByRole("button", { name: "Remove" })
    .click();
  await agree("Remove");
  await page.getByText("Linus is no longer a member.").waitFor();
});

/** A workflow and the schema's history as a viewer finds them: to read, and nothing to press in vain. */
async function looksOnly(visit: Page): Promise<void> {
  await visit.goto(`${url}${BASE}/workflows`);
  await visit.getByRole("link", { name: /Count the desks/ }).click();
  await visit.getByText(/^You may look at it/).waitFor();
  await settle(visit);
  for (const name of ["Run", "More", "Add a step at the beginning"]) {
    expect(await visit.getByRole("button", { name, exact: true }).count(), name).toBe(0);
  }
  expect(await visit.getByRole("switch").count()).toBe(0);
  expect(await visit.getByLabel("Name", { exact: true }).isDisabled()).toBe(true);
  await expectAccessible(visit);
  await expectNoSideways(visit);
  await visit.getByRole("tab", { name: "Versions" }).click();
  await visit.getByText("in force").waitFor();
  await visit.getByRole("tab", { name: "Runs" }).click();
  await visit.getByText(/^Runs are for editors/).waitFor();
  await visit.goto(`${url}${BASE}/workflows/new`);
  await visit.getByText("Admins and owners of the project make workflows.").waitFor();
  await visit.goto(`${url}${BASE}/history?version=1`);
  await visit.getByRole("heading", { name: "What it changed" }).waitFor();
  expect(await visit.getByRole("button", { name: /Roll back/ }).count()).toBe(0);
}

test("an invitation is withdrawn", async () => {
  await go("team");
  await fill("E-mail address", "nobody@example.com");
  await press("Add");
  await press("Done");
  await press("Withdraw");
  await page.getByText("The invitation no longer works.").waitFor();
  await page.getByText("nobody@example.com").waitFor({ state: "detached" });
});

test("origins and limits are checked, saved, and hold", async () => {
  await go("api");
  await fill("Allowed origins", "app.example.com");
  await press("Save");
  await page.getByText(/An origin is a scheme/).waitFor();
  await fill("Allowed origins", "https://app.example.com\nhttp://localhost:5173");
  await press("Save");
  await savedToast();
  await expect
    .poll(async () => {
      const headers = { Origin: "https://app.example.com" };
      const answer = await fetch(`${url}/api${BASE}/data/desks`, { headers });
      return answer.headers.get("access-control-allow-origin");
    })
    .toBe("https://app.example.com");

  const reading = page.getByRole("group", { name: "Reading" });
  await reading.getByLabel("Anonymous (by address)").fill("often");
  await page.getByRole("button", { name: "Save" }).last().click();
  await page.getByText("A number per second, minute, hour or day: 600/minute").waitFor();
  await reading.getByLabel("Anonymous (by address)").fill("30/minute");
  await page.getByRole("button", { name: "Save" }).last().click();
  await expect
    .poll(async () => {
      const { limits } = (await api("GET", `${BASE}/settings`)) as {
        limits: { data: { anonymous: string } };
      };
      return limits.data.anonymous;
    })
    .toBe("30/minute");
  await page.reload();
  await expect
    .poll(() => page.getByLabel("Allowed origins").inputValue())
    .toBe("https://app.example.com\nhttp://localhost:5173");
});

test("the change log is kept for as long as is said", async () => {
  await go("retention");
  const days = page.getByLabel("Days");
  await days.first().fill("14");
  await page.getByRole("button", { name: "Save" }).first().click();
  await savedToast();
  await page.reload();
  await expect.poll(() => days.first().inputValue()).toBe("14");
});

test("the typed client of the project is downloaded from its documents", async () => {
  await page.goto(`${url}${BASE}/api-docs/desks`);
  for (const [label, content] of [
    ["TypeScript types", "desks"],
    ["Python types", "Desks"],
    ["OpenAPI 3.1", '"openapi"'],
  ] as const) {
    await press("Download");
    const saved = page.waitForEvent("download");
    await page.getByRole("menuitem", { name: label }).click();
    expect(readFileSync(await (await saved).path(), "utf8")).toContain(content);
  }
});

test("a project gets another name and address, and its links follow", async () => {
  await go("general");
  await fill("Name", "Head office");
  await fill("Address", "head-office");
  await press("Save");
  await page.waitForURL("**/projects/head-office/settings**");
  await page.getByRole("button", { name: /Head office/ }).waitFor();
  await page.goto(`${url}/projects/head-office/data/desks`);
  await page.getByRole("heading", { name: "desks" }).first().waitFor();
});

test("a project is archived, brought back, and deleted, each with its word", async () => {
  const settings = `${url}/projects/head-office/settings?tab=danger`;
  await page.goto(settings);
  await press("Archive");
  const dialog = page.getByRole("alertdialog");
  const archive = dialog.getByRole("button", { name: "Archive" });
  expect(await archive.isDisabled()).toBe(true);
  await dialog.getByLabel(/Type/).fill("head-office");
  await archive.click();
  await page.waitForURL("**/projects");
  await page.getByText("Head office is archived.").waitFor();
  await page.getByRole("listitem").filter({ hasText: "Head office" }).getByRole("button").click();
  await page.getByRole("link", { name: /Head office/ }).waitFor();

  await page.goto(settings);
  await press("Delete for ever");
  await dialog.getByLabel(/Type/).fill("head-office");
  await press("Delete for ever", dialog);
  await page.waitForURL("**/projects");
  await page.getByText("Head office is gone.").waitFor();
  expect(await page.getByRole("link", { name: /Head office/ }).count()).toBe(0);
});

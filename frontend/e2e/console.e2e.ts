/** Coming in and finding one's way. */
import { expect, test } from "vitest";

import { expectAccessible, settle, shoot } from "./browser";
import { api, browser, context, fill, journeys, page, url } from "./journey";
import { usePasskey, useSecondFactor } from "./signing-in";
import { CREDENTIALS, fillLibrary } from "./world";

journeys({
  prepare: async (api) => {
    await api("POST", "/projects", { name: "Reading room", slug: "reading-room" });
    await fillLibrary(api, "reading-room");
  },
});

test("a session survives a reload, keeps its tokens from scripts, and ends for good", async () => {
  await page.goto(`${url}/projects`);
  await page.getByRole("heading", { name: "Projects" }).waitFor();
  const seen = await page.evaluate(() => ({
    cookies: document.cookie,
    kept: JSON.stringify([{ ...localStorage }, { ...sessionStorage }]),
  }));
  expect(seen.cookies).toBe("");
  expect(seen.kept).not.toContain("eyJ");
  const [cookie] = await context.cookies(`${url}/api/auth`);
  expect(cookie).toMatchObject({ httpOnly: true, sameSite: "Strict", path: "/api/auth" });

  await page.getByRole("button", { name: "Your account" }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await page.getByRole("heading", { name: "Sign in to Backendify" }).waitFor();
  await page.goto(`${url}/projects/reading-room/overview`);
  await page.waitForURL("**/login?next=*");
  await fill("E-mail address", CREDENTIALS.email);
  await fill("Password", CREDENTIALS.password);
  await page.keyboard.press("Enter");
  await page.waitForURL("**/projects/reading-room/overview");
});

test("a second factor is set up, asked for, and recovered from", async () => {
  await useSecondFactor(page, url);
});

test("a passkey signs in by itself", async () => {
  await usePasskey(context, page, url);
});

test("two tabs that wake at once stay signed in", async () => {
  const other = await context.newPage();
  await Promise.all([page.goto(`${url}/projects`), other.goto(`${url}/account`)]);
  await page.getByRole("heading", { name: "Projects" }).waitFor();
  await other.getByRole("heading", { name: "Account settings" }).waitFor();
  await other.close();
});

test("a wrong password is told, and the way to the right one", async () => {
  const visitor = await browser.newContext();
  const visit = await visitor.newPage();
  await visit.goto(`${url}/login`);
  await visit.getByLabel("E-mail address").fill(CREDENTIALS.email);
  await visit.getByLabel("Password", { exact: true }).fill("not that one");
  await visit.keyboard.press("Enter");
  await visit.getByRole("alert").waitFor();
  await expectAccessible(visit);
  await shoot(visit, "login-refused");
  await visit.getByRole("link", { name: "Forgot your password?" }).click();
  await visit.getByRole("button", { name: "Send the link" }).waitFor();
  await visitor.close();
});

test("the palette leads anywhere by keyboard alone", async () => {
  await page.goto(`${url}/projects/reading-room/overview`);
  await settle(page);
  await page.keyboard.press("Control+k");
  await page.getByPlaceholder("Go to a screen").waitFor();
  await settle(page);
  await expectAccessible(page);
  await shoot(page, "palette");
  await page.keyboard.type("account");
  await page.keyboard.press("Enter");
  await page.waitForURL("**/account");
});

test("a record is made, changed, taken back, deleted and brought back", async () => {
  await page.goto(`${url}/projects/reading-room/data/authors`);
  await page.getByRole("button", { name: "New record" }).click();
  await page.getByRole("button", { name: "Create", exact: true }).click();
  await page
    .getByRole("dialog")
    .getByText(/required|missing|null/i)
    .first()
    .waitFor();
  await fill("name", "Clarice Lispector");
  await page.getByRole("button", { name: "Create", exact: true }).click();
  const row = page.getByRole("row", { name: /Clarice Lispector/ });
  await row.getByRole("button", { name: /Open row/ }).click();
  await fill("name", "C. Lispector");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  const changed = page.getByRole("row", { name: /C\. Lispector/ });
  await changed.getByRole("button", { name: /Open row/ }).click();
  await page.getByRole("tab", { name: "History" }).click();
  await page.getByRole("button", { name: "Back to this" }).click();
  await page.getByText("The record is as it was.").waitFor();
  await page.keyboard.press("Escape");
  await row.getByRole("checkbox").click();
  await page.getByRole("button", { name: "Delete", exact: true }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Delete", exact: true }).click();
  await row.waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Undo", exact: true }).click();
  await row.waitFor();
});

test("a schema is drafted, planned and applied without a word of SQL", async () => {
  await api("POST", "/projects", { name: "Shop", slug: "shop" });
  await page.goto(`${url}/projects/shop/schema`);
  await page.getByRole("button", { name: "New collection" }).first().click();
  await fill("Name", "orders");
  await page.getByRole("button", { name: "Keep in the draft" }).click();
  await page.getByRole("heading", { name: "Add a field" }).waitFor();
  await fill("Name", "total");
  await page.getByRole("combobox", { name: "Type" }).click();
  await page.getByRole("option", { name: "decimal" }).click();
  await page.getByRole("button", { name: "Keep in the draft" }).click();
  await page.getByText("1 collection changed in the draft").waitFor();
  await page.getByRole("button", { name: "Review changes" }).click();
  await page.getByRole("button", { name: "Apply", exact: true }).click();
  await page.getByText("is in force").waitFor();
  await page.getByRole("link", { name: "Open the data" }).click();
  await page.getByRole("button", { name: "New record" }).first().click();
  await fill("total", "19.90");
  await page.getByRole("button", { name: "Create", exact: true }).click();
  await page.getByRole("row", { name: /19\.9/ }).waitFor();
});

test("the grid is walked by keyboard", async () => {
  await page.goto(`${url}/projects/reading-room/data/books?sort=title`);
  await page.getByRole("grid", { name: "Books" }).focus();
  for (const key of ["Home", "ArrowDown", "ArrowDown", " ", "End", "Enter"]) {
    await page.keyboard.press(key);
  }
  await page.getByRole("button", { name: "Save", exact: true }).waitFor();
  await page.keyboard.press("Escape");
  await page.getByText("1 selected").waitFor();
});

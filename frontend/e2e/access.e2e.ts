/** Who may do what: a denial is explained and mended, and the same request is then allowed. */
import { expect, test } from "vitest";

import { expectAccessible, settle } from "./browser";
import { api, choose, journeys, page, url } from "./journey";

const BASE = "/projects/press";

journeys({
  prepare: async (api) => {
    await api("POST", "/projects", { name: "Press", slug: "press" });
    await api("POST", `${BASE}/collections`, {
      name: "articles",
      label: "Articles",
      fields: [
        { name: "title", type: "string", required: true },
        { name: "status", type: "enum", values: ["draft", "published"], default: "draft" },
      ],
    });
    await api("POST", `${BASE}/data/articles`, { title: "First light", status: "published" });
    await api("POST", `${BASE}/policies`, {
      name: "everyone reads drafts",
      collection: "articles",
      actions: ["list", "read"],
      principals: ["anonymous"],
      where: { status: "draft" },
    });
  },
});

/** What anybody sees of the articles. */
async function seenByAnyone(): Promise<string[]> {
  const answer = await fetch(`${url}/api${BASE}/data/articles`);
  const { data = [] } = (await answer.json()) as { data?: { title: string }[] };
  return data.map(({ title }) => title);
}

test("a denial is explained with the values behind it, and mended from there", async () => {
  expect(await seenByAnyone()).toEqual([]);
  await page.goto(`${url}${BASE}/policies`);
  await page.getByRole("button", { name: "Anyone: list Articles: some records" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Explain" }).click();
  await page.waitForURL("**/policies/explain?*");
  await page.getByRole("button", { name: /^Record/ }).click();
  await page.getByRole("option", { name: "First light" }).click();
  await page.getByText("Denied", { exact: true }).waitFor();
  const step = page.getByRole("listitem").filter({ hasText: "everyone reads drafts" }).first();
  await step.getByText("published", { exact: true }).waitFor();
  await settle(page);
  await expectAccessible(page);

  await page.getByRole("button", { name: "Edit this policy" }).first().click();
  const sheet = page.getByRole("dialog");
  await sheet.getByLabel("Name", { exact: true }).fill("everyone reads what is published");
  await choose("Value", "published");
  await sheet.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByText("Allowed", { exact: true }).waitFor();
  await page.getByText("allowed by 'everyone reads what is published'").waitFor();
  expect(await seenByAnyone()).toEqual(["First light"]);
});

test("what was explained is kept as a test, which refuses the change that breaks it", async () => {
  const { data } = (await api("GET", `${BASE}/data/articles`)) as { data: { id: string }[] };
  const question = `principal=anonymous&collection=articles&action=read&record=${data[0]?.id}`;
  await page.goto(`${url}${BASE}/policies/explain?${question}`);
  await page.getByRole("button", { name: "Keep as a test" }).click();
  await page.getByLabel("Name", { exact: true }).fill("what is published is seen");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByText("Kept. It passes.").waitFor();

  await page.goto(`${url}${BASE}/policies/list`);
  await page.getByRole("button", { name: /everyone reads what is published/ }).click();
  const sheet = page.getByRole("dialog");
  await choose("Value", "draft");
  await sheet.getByRole("button", { name: "Save", exact: true }).click();
  await sheet.getByText("This breaks stored policy tests").waitFor();
  await sheet.getByRole("button", { name: "Cancel" }).click();
  expect(await seenByAnyone()).toEqual(["First light"]);
});

test("where nothing allows it, the explanation begins the policy that does", async () => {
  await page.goto(
    `${url}${BASE}/policies/explain?principal=app_user&collection=articles&action=create`,
  );
  await page.getByRole("button", { name: "Write a policy that allows it" }).click();
  const sheet = page.getByRole("dialog");
  await sheet.getByLabel("Name", { exact: true }).fill("users write drafts");
  await sheet.getByRole("button", { name: "Add a condition" }).last().click();
  await page.getByRole("combobox", { name: "Field" }).click();
  await page.getByRole("option", { name: "status", exact: true }).click();
  await choose("Value", "draft");
  await sheet.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByText("users write drafts").waitFor();
  await page.goto(`${url}${BASE}/policies`);
  await page
    .getByRole("button", { name: "Signed-in users: create Articles: some records" })
    .focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "What is behind it" }).waitFor();
});

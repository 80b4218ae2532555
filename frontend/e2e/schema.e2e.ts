/** A schema change that loses data: warned of, applied, and taken back with the data. */
import { expect, test } from "vitest";

import { expectAccessible, settle, shoot } from "./browser";
import { api, journeys, page, url } from "./journey";

const BASE = "/projects/archive";

journeys({
  prepare: async (api) => {
    await api("POST", "/projects", { name: "Archive", slug: "archive" });
    await api("POST", `${BASE}/collections`, {
      name: "letters",
      label: "Letters",
      fields: [
        { name: "title", type: "string", required: true },
        { name: "body", type: "text" },
      ],
    });
    await api("POST", `${BASE}/data/letters`, [
      { title: "To Felice", body: "Dearest" },
      { title: "To Milena", body: "The rain" },
    ]);
  },
});

async function bodies(): Promise<unknown[]> {
  const { data } = (await api("GET", `${BASE}/data/letters?sort=title`)) as {
    data: { body?: string }[];
  };
  return data.map(({ body }) => body);
}

test("a field is dropped after a warning, and a rollback brings it back with its data", async () => {
  await page.goto(`${url}${BASE}/schema/letters?field=body`);
  await page.getByRole("button", { name: "Remove", exact: true }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Remove" }).click();
  await page.getByRole("button", { name: "Review changes" }).click();
  await page.getByText("This plan loses data").waitFor();
  const apply = page.getByRole("button", { name: "Apply, and lose what is lost" });
  expect(await apply.isDisabled()).toBe(true);
  await page.getByRole("checkbox", { name: "I know, and want it so" }).click();
  await settle(page);
  await shoot(page, "schema-loss");
  await apply.click();
  await page.getByText("is in force").waitFor();
  expect(await bodies()).toEqual([undefined, undefined]);

  await page.goto(`${url}${BASE}/history`);
  await page.getByRole("link", { name: /Version 2/ }).click();
  await page.getByRole("button", { name: "Roll back to this" }).click();
  const sheet = page.getByRole("dialog");
  await sheet.getByText("1 step").waitFor();
  await settle(page);
  await shoot(page, "history-rollback-plan");
  await sheet.getByRole("button", { name: "Roll back to this" }).click();
  await page.getByText("The schema is as it was in version 2.").waitFor();
  expect(await bodies()).toEqual(["Dearest", "The rain"]);
  await page.getByRole("link", { name: /Version 4/ }).waitFor();
});

test("a record in the way of a change is one press away", async () => {
  const { hash, schema } = (await api("GET", `${BASE}/schema`)) as {
    hash: string;
    schema: { collections: { name: string; fields: { name: string; type: string }[] }[] };
  };
  const letters = schema.collections.find(({ name }) => name === "letters");
  const title = letters?.fields.find(({ name }) => name === "title");
  if (title) title.type = "int";
  await api("PUT", `${BASE}/schema/draft`, { base: hash, schema });
  await page.goto(`${url}${BASE}/schema/letters?review=true`);
  const row = page.getByRole("dialog").getByText('"To Felice"').locator("..");
  await settle(page);
  await expectAccessible(page);
  await shoot(page, "schema-in-the-way");
  await row.getByRole("link").click();
  await page.waitForURL(/data\/letters\?record=/);
  await page.getByRole("dialog").getByLabel("title").waitFor();
  await api("DELETE", `${BASE}/schema/draft`);
});

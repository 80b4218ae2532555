/** All that the schema engine takes, by its forms; and what happens when somebody else is faster. */
import { expect, test } from "vitest";

import { settle, shoot } from "./browser";
import { api, context, journeys, page, url } from "./journey";
import { applyDraft, choose, keep, pick } from "./schema-hands";

const BASE = "/projects/workshop";
const ROWS = 20_000;

type Field = { name: string; type: string } & Record<string, unknown>;
type Collection = { name: string; fields: Field[] } & Record<string, unknown>;

journeys({
  prepare: async (api) => {
    await api("POST", "/projects", { name: "Workshop", slug: "workshop" });
    await api("POST", `${BASE}/collections`, { name: "clients", fields: [] });
    await api("POST", `${BASE}/collections`, {
      name: "orders",
      fields: [
        { name: "code", type: "string" },
        { name: "starts", type: "date" },
        { name: "ends", type: "date" },
      ],
    });
    await api("POST", `${BASE}/data/orders`, [{ code: "A1" }, { code: "A2" }, {}]);
  },
});

async function collection(name: string): Promise<Collection> {
  const { schema } = (await api("GET", `${BASE}/schema`)) as {
    schema: { collections: Collection[] };
  };
  const found = schema.collections.find((each) => each.name === name);
  if (!found) throw new Error(`There is no collection ${name}.`);
  return found;
}

async function field(name: string): Promise<Field | undefined> {
  return (await collection("orders")).fields.find((each) => each.name === name);
}

test("a field with limits, a default and rules; what the API refuses stands at its input", async () => {
  await page.goto(`${url}${BASE}/schema/orders?field=new`);
  const sheet = page.getByRole("dialog");
  await sheet.getByLabel("Name", { exact: true }).fill("iban");
  await sheet.getByLabel("Most characters").fill("5");
  await sheet.getByRole("switch", { name: "Unique" }).click();
  await choose(page, "Default", "A fixed value");
  await sheet.getByLabel("Value", { exact: true }).fill("DE0000");
  await pick(page, "Add a rule", "Fits a pattern");
  await sheet.getByLabel("Regular expression").fill("(");
  await sheet.getByLabel("What to say when it is broken").fill("Two capital letters first.");
  await keep(page);
  await sheet.getByText(/The regular expression cannot be used/).waitFor();
  await sheet.getByText(/it has more than 5 characters/).waitFor();
  expect(await sheet.getByRole("alert").count()).toBe(0);
  await settle(page);
  await shoot(page, "schema-field-refused");
  await sheet.getByLabel("Regular expression").fill("^[A-Z]{2}");
  await sheet.getByLabel("Most characters").fill("34");
  await choose(page, "Default", "None");
  await keep(page);
  await page.getByText("1 collection changed in the draft").waitFor();
  await applyDraft(page);
  expect(await field("iban")).toMatchObject({
    type: "string",
    unique: true,
    max_length: 34,
    validations: [{ rule: "regex", value: "^[A-Z]{2}", message: "Two capital letters first." }],
  });
  expect(await field("iban")).not.toHaveProperty("default");
});

test("an index over several fields, a rule between two, and who made a record", async () => {
  await page.goto(`${url}${BASE}/schema/orders`);
  await page.getByRole("button", { name: "Add an index" }).click();
  await choose(page, "Kind", /^Unique together/);
  await pick(page, "Add a field", "starts");
  await pick(page, "Add a field", "code");
  await page.getByRole("button", { name: "Move code up" }).click();
  await keep(page);
  await page.getByText("unique together", { exact: true }).waitFor();

  await page.getByRole("button", { name: "Add a rule" }).click();
  const sheet = page.getByRole("dialog");
  await sheet.getByRole("button", { name: "Add a condition" }).click();
  await choose(page, "Field", "ends");
  await choose(page, "Operator", "is over");
  await sheet.getByRole("button", { name: "Use a variable" }).click();
  await page.getByRole("menuitem", { name: "$record.starts" }).click();
  await sheet.getByLabel("What to say when it is broken").fill("It ends before it begins.");
  await keep(page);
  await page.getByRole("button", { name: "It ends before it begins." }).waitFor();

  await page.getByRole("button", { name: "Collection settings" }).click();
  await page.getByRole("switch", { name: "Keep who made each record" }).click();
  await choose(page, "History", /without values/);
  await keep(page);
  await sheet.waitFor({ state: "detached" });
  await applyDraft(page);
  expect(await collection("orders")).toMatchObject({
    unique: [["code", "starts"]],
    validations: [{ rule: "condition", where: { ends__gt: "$record.starts" } }],
    history: "keys",
    created_by: true,
  });
});

test("a draft that somebody else was faster than is carried over", async () => {
  await page.goto(`${url}${BASE}/schema/orders?field=code`);
  await page.getByLabel("Label", { exact: true }).fill("Code");
  await keep(page);
  await page.getByRole("button", { name: "Review changes" }).click();
  await page.getByText("1 step").waitFor();
  const fields = `${BASE}/collections/orders/fields`;
  await api("POST", fields, { name: "urgent", type: "boolean" });
  await api("PATCH", `${fields}/code`, { label: "Number" });
  await page.getByRole("button", { name: "Apply", exact: true }).click();
  await page.getByRole("heading", { name: "The schema has changed" }).waitFor();
  await page.getByText("Add field orders.urgent").waitFor();
  await page.getByText("orders.code: label").waitFor();
  await settle(page);
  await shoot(page, "schema-stale");
  await page.getByRole("button", { name: "Rebase the draft" }).click();
  await page.getByText("1 step").waitFor();
  await page.getByRole("button", { name: "Apply", exact: true }).click();
  await page.getByText("is in force").waitFor();
  expect(await field("code")).toMatchObject({ label: "Code" });
  expect(await field("urgent")).toMatchObject({ type: "boolean" });
});

test("two who edit the same draft lose nothing of each other's", async () => {
  const other = await context.newPage();
  for (const each of [page, other]) await each.goto(`${url}${BASE}/schema/clients`);
  for (const [each, name] of [
    [page, "email"],
    [other, "phone"],
  ] as const) {
    await each.getByRole("button", { name: "Add a field" }).click();
    await each.getByLabel("Name", { exact: true }).fill(name);
    await each.getByRole("button", { name: "Keep in the draft" }).click();
    await each.getByRole("button", { name, exact: true }).waitFor();
  }
  await other.getByRole("button", { name: "email", exact: true }).waitFor();
  await other.close();
  await page.reload();
  await page.getByRole("button", { name: "phone", exact: true }).waitFor();
  await applyDraft(page);
});

test("rows without a value get one, and the plan goes on", async () => {
  await page.goto(`${url}${BASE}/schema/orders?field=new`);
  await page.getByLabel("Name", { exact: true }).fill("pieces");
  await choose(page, "Type", "int");
  await page.getByRole("switch", { name: "Required" }).click();
  await keep(page);
  await page.getByRole("button", { name: "Review changes" }).click();
  await page.getByText("Stored records stand in the way").waitFor();
  const fill = page.getByRole("group", { name: "orders.pieces" });
  await fill.getByLabel("Value").fill("many");
  await page.getByRole("button", { name: "Plan again" }).click();
  await fill.getByText(/Expected a whole number/).waitFor();
  await settle(page);
  await shoot(page, "schema-fill");
  await fill.getByLabel("Value").fill("1");
  await page.getByRole("button", { name: "Plan again" }).click();
  await page.getByText("Stored records stand in the way").waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Apply", exact: true }).click();
  await page.getByText("is in force").waitFor();
  const { data } = (await api("GET", `${BASE}/data/orders`)) as { data: { pieces: number }[] };
  expect(data.map(({ pieces }) => pieces)).toEqual([1, 1, 1]);
});

test("a relation is drawn by dragging from one collection to another", async () => {
  await page.goto(`${url}${BASE}/relations`);
  const start = page.locator('[data-id="orders"] [data-handleid="new"]');
  const end = page.locator('[data-id="clients"]').first();
  await settle(page);
  await start.hover();
  await page.mouse.down();
  await end.hover({ position: { x: 12, y: 20 } });
  await page.mouse.up();
  await page.getByRole("heading", { name: "New relation" }).waitFor();
  expect(await page.getByLabel("Name", { exact: true }).inputValue()).toBe("client");
  await keep(page);
  await page.getByRole("row", { name: /^orders client new/ }).waitFor();
  await settle(page);
  await shoot(page, "relations-drawn");
  await applyDraft(page);
  expect(await field("client")).toMatchObject({ to: "clients", kind: "belongs_to" });
});

test("a relation is made by keys alone", async () => {
  await page.goto(`${url}${BASE}/relations`);
  await page.getByRole("button", { name: "New relation" }).focus();
  await page.keyboard.press("Enter");
  await page.getByRole("combobox", { name: "From" }).focus();
  await page.keyboard.press("Enter");
  await page.getByRole("listbox").waitFor();
  await page.keyboard.type("clients");
  await page.keyboard.press("Enter");
  await page.getByRole("listbox").waitFor({ state: "detached" });
  await page.locator("[role=combobox]:focus").waitFor(); // it takes the focus back a moment later
  await page.getByLabel("Name", { exact: true }).focus();
  await page.keyboard.press("Control+a");
  await page.keyboard.type("parent");
  await page.keyboard.press("Enter");
  await page.getByText("1 collection changed in the draft").waitFor();
  await applyDraft(page);
  expect((await collection("clients")).fields).toContainEqual(
    expect.objectContaining({ name: "parent", to: "orders" }),
  );
});

test("a large table is changed while one looks on", async () => {
  const names = ["a", "b", "c", "d", "e", "f", "g"];
  await api("POST", `${BASE}/collections`, {
    name: "readings",
    history: "off",
    fields: names.map((name) => ({ name, type: "int" })),
  });
  for (let at = 0; at < ROWS; at += 1000) {
    const row = Object.fromEntries(names.map((name) => [name, at]));
    await api("POST", `${BASE}/data/readings`, Array<object>(1000).fill(row));
  }
  const { hash, schema } = (await api("GET", `${BASE}/schema`)) as {
    hash: string;
    schema: { collections: Collection[] };
  };
  for (const each of schema.collections.find(({ name }) => name === "readings")?.fields ?? []) {
    if (names.includes(each.name)) each.type = "decimal";
  }
  await api("PUT", `${BASE}/schema/draft`, { base: hash, schema });
  await page.goto(`${url}${BASE}/schema/readings?review=true`);
  await page.getByRole("button", { name: "Apply", exact: true }).click();
  await page.getByText("Large tables go on").waitFor();
  const last = page.getByRole("listitem").filter({ hasText: "readings.g" });
  await last.getByRole("progressbar").waitFor();
  await shoot(page, "schema-jobs");
  await last.getByRole("button", { name: "Cancel" }).click();
  await page.getByText("Cancelled: Change the type of readings.g").waitFor();
  await page.getByText("Done: Change the type of readings.f").waitFor();
  const changed = (await collection("readings")).fields.map(({ name, type }) => `${name} ${type}`);
  expect(changed).toEqual([...names.slice(0, -1).map((name) => `${name} decimal`), "g int"]);
});

/** Records: a file imported, cells and many records edited, a change taken back; and how fast. */
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect, test } from "vitest";

import { expectAccessible, settle, shoot } from "./browser";
import { flightsCsv, makeFlights } from "./flights";
import { api, journeys, page, url } from "./journey";
import { measure } from "./speed";

const FEW = 4_000;
const MANY = 10_000;

const files = mkdtempSync(join(tmpdir(), "backendify-flights-"));

journeys({ prepare: (api) => makeFlights(api, "skies") });

function csv(name: string, text: string): string {
  const path = join(files, name);
  writeFileSync(path, text);
  return path;
}

async function chooseFile(path: string): Promise<void> {
  await page.goto(`${url}/projects/skies/data/flights?import=true`);
  await page.getByLabel("File to import").setInputFiles(path);
  await page.getByRole("button", { name: "Check the file" }).waitFor();
}

test("a CSV of flights is mapped, checked, mended and imported", async () => {
  const bad = flightsCsv(FEW).replace("\nUA,", "\nZZ,").replace(",2013-01-01T07", ",soon");
  await chooseFile(csv("bad.csv", bad));
  await page.getByText("of the first 50 do not fit").first().waitFor();
  await settle(page);
  await expectAccessible(page);
  await shoot(page, "data-import-columns");
  await page.getByRole("button", { name: "Check the file" }).click();
  await page.getByRole("table", { name: "What does not go in" }).waitFor();
  await page.getByRole("cell", { name: "ZZ", exact: true }).waitFor();
  await settle(page);
  await expectAccessible(page);
  await shoot(page, "data-import-faults");

  await chooseFile(csv("flights.csv", flightsCsv(FEW)));
  await page.getByRole("button", { name: "Check the file" }).click();
  await page.getByRole("button", { name: "Import 4,000 records" }).click();
  await page.getByText("The file is in.").waitFor();
  await settle(page);
  await shoot(page, "data-import-done");
  await page.getByRole("button", { name: "Show the records" }).click();
  await page.getByText("4,000 records").waitFor();
});

test("a cell is edited in the grid, and keeps its value where the API refuses the new one", async () => {
  await page.goto(`${url}/projects/skies/data/airlines?sort=id`);
  const cell = page.getByRole("gridcell", { name: "American" });
  await cell.dblclick();
  await page.keyboard.type("American Airlines");
  await page.keyboard.press("Enter");
  await page.getByRole("gridcell", { name: "American Airlines" }).waitFor();

  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("F2");
  await page.keyboard.press("Control+a");
  await page.keyboard.press("Delete");
  await page.keyboard.press("Enter");
  await page.getByText(/name stays as it was/).waitFor();
  await page.getByRole("gridcell", { name: "Delta" }).waitFor();
  const { data } = (await api("GET", "/projects/skies/data/airlines?sort=id")) as {
    data: { name: string }[];
  };
  expect(data.map(({ name }) => name)).toEqual(["American Airlines", "Delta", "United"]);
});

test("related records are found by their label, one of them or many", async () => {
  await api("POST", "/projects/skies/collections", {
    name: "alliances",
    fields: [
      { name: "founder", type: "relation", to: "airlines" },
      { name: "members", type: "relation", to: "airlines", kind: "many_to_many" },
    ],
  });
  await page.goto(`${url}/projects/skies/data/alliances?record=new`);
  const sheet = page.getByRole("dialog", { name: "alliances" });
  for (const label of ["founder", "members"]) {
    await sheet.getByLabel(label).click();
    await page.getByPlaceholder("Search…").fill("delt");
    await page.getByRole("option", { name: "United" }).waitFor({ state: "detached" });
    await page.getByRole("option", { name: "Delta" }).click();
  }
  await sheet.getByLabel("founder").getByText("Delta").waitFor();
  await sheet.getByRole("button", { name: "Take out Delta" }).waitFor();
  await sheet.getByRole("button", { name: "Create", exact: true }).click();
  await page.getByRole("row", { name: "DL" }).waitFor();
});

test("everything that matches is edited at once, and undone at once", async () => {
  const filter = encodeURIComponent(JSON.stringify({ carrier: "DL" }));
  await page.goto(`${url}/projects/skies/data/flights?filter=${filter}`);
  await page.getByRole("checkbox", { name: "Select all rows" }).click();
  await page.getByRole("button", { name: "Select all that match" }).click();
  await page.getByText("1,333 selected").waitFor();
  await page.getByRole("button", { name: "Edit", exact: true }).click();
  await page.getByRole("combobox", { name: "Field" }).click();
  await page.getByRole("option", { name: "dep_delay" }).click();
  await page.getByLabel("dep_delay").fill("77");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByText("Changed 1,333 records.").waitFor();
  expect(await count("dep_delay=77")).toBeGreaterThanOrEqual(1_333);
  await page.getByRole("button", { name: "Undo", exact: true }).click();
  await page.getByText("Everything is back.").waitFor();
  expect(await count("dep_delay=77&carrier=DL")).toBeLessThan(40);
});

test("what others write comes into the grid by itself", async () => {
  const listening = page.waitForResponse((answer) => answer.url().includes("/realtime?"));
  await page.goto(`${url}/projects/skies/data/airlines`);
  await page.getByRole("gridcell", { name: "Delta" }).waitFor();
  await listening;
  await api("POST", "/projects/skies/data/airlines", { id: "HA", name: "Hawaiian" });
  await page.getByRole("gridcell", { name: "Hawaiian" }).waitFor();
});

test("the list as it is filtered is exported", async () => {
  await page.goto(`${url}/projects/skies/data/airlines?sort=id&hide=created_at,updated_at`);
  await page.getByRole("gridcell", { name: "Delta" }).waitFor();
  const saved = page.waitForEvent("download");
  await page.getByRole("button", { name: "Import and export" }).click();
  await page.getByRole("menuitem", { name: "Export as CSV" }).click();
  const stream = await (await saved).createReadStream();
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  expect(Buffer.concat(chunks).toString().split("\n")[1]?.trim()).toBe("AA,American Airlines");
});

test("a record goes back to what it was, and tells who changed it", async () => {
  await page.goto(`${url}/projects/skies/data/airlines?sort=id&record=AA`);
  await page.getByRole("tab", { name: "History" }).click();
  await page.getByText("by Ada").first().waitFor();
  await page.getByRole("button", { name: "Back to this" }).last().click();
  await page.getByText("The record is as it was.").waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("gridcell", { name: "American", exact: true }).waitFor();
});

test("a grid of ten thousand rows is loaded, used and timed", async () => {
  await chooseFile(csv("many.csv", flightsCsv(MANY - FEW, FEW)));
  await page.getByRole("button", { name: "Check the file" }).click();
  await page.getByRole("button", { name: /^Import 6,000/ }).click();
  await page.getByText("The file is in.").waitFor();
  await measure(page, `${url}/projects/skies/data/flights`, MANY);
});

async function count(query: string): Promise<number> {
  const path = `/projects/skies/data/flights?${query}&count=exact&limit=1`;
  return ((await api("GET", path)) as { total: number }).total;
}

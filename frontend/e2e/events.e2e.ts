/** From a change of a record to what others hear of it, without leaving the console. */
import { expect, test } from "vitest";

import { expectAccessible, settle, shoot } from "./browser";
import { choose, fill, journeys, page, press, receiver, url } from "./journey";

const PROJECT = `${url}/projects/events`;

journeys({
  prepare: async (api) => {
    await api("POST", "/projects", { name: "Events", slug: "events" });
    await api("POST", "/projects/events/collections", {
      name: "orders",
      label: "Orders",
      fields: [{ name: "total", type: "int", required: true }],
    });
  },
});

async function createOrder(total: string): Promise<void> {
  await page.goto(`${PROJECT}/data/orders?record=new`);
  await page.getByLabel("total", { exact: true }).fill(total);
  await page.getByRole("button", { name: "Create", exact: true }).click();
  await page.getByRole("gridcell", { name: total, exact: true }).waitFor();
}

test("a webhook is made, a record changed, and its delivery seen with the answer", async () => {
  await page.goto(`${PROJECT}/webhooks`);
  await page.getByRole("link", { name: "New webhook" }).first().click();
  await page.getByLabel("URL").fill(`${receiver}/orders`);
  await page.getByRole("checkbox", { name: "Orders" }).click();
  await page.getByRole("button", { name: "Create", exact: true }).click();
  await page.getByText(/^whsec_/).waitFor();
  await page.getByRole("button", { name: "I have it" }).click();
  await page.getByText("Nothing sent yet").waitFor();
  const place = page.url();

  await createOrder("42");
  await page.goto(place);
  await page.getByRole("link", { name: "record.created" }).click();
  await page.getByRole("region", { name: "Answer" }).getByText('"taken": true').waitFor();
  await page.getByRole("region", { name: "Request body" }).getByText('"total": 42').waitFor();
  await settle(page);
  await expectAccessible(page);
});

test("a workflow is built in the picture, refused, mended, and its run seen step by step", async () => {
  await page.goto(`${PROJECT}/workflows/new?template=mail`);
  await page.getByLabel("Name").fill("tell the shop");
  await page.getByRole("group", { name: /^tell/ }).click();
  await page.getByRole("button", { name: "Delete the step" }).click();
  await page.getByRole("button", { name: "Add a step at the beginning" }).click();
  await page.getByRole("menuitem", { name: "HTTP request" }).click();
  await page.getByRole("heading", { name: "Step request" }).waitFor();
  await page.getByRole("button", { name: "Create", exact: true }).click();
  await page
    .getByText(/Field required|required/i)
    .first()
    .waitFor();
  await page.getByLabel("URL").fill(`${receiver}/told/{{record.total}}`);
  await page.getByRole("button", { name: "Create", exact: true }).click();
  await page.getByRole("tab", { name: "Runs" }).click();
  await page.getByText("No runs yet").waitFor();
  const place = page.url();

  await createOrder("77");
  await page.goto(place);
  await page.getByRole("link", { name: "Succeeded" }).click();
  const step = page.getByRole("group", { name: "request, http.request, Succeeded" });
  await step.waitFor();
  await settle(page);
  await step.click();
  await page.getByRole("region", { name: "Input" }).getByText("told/77").waitFor();
  await page.getByRole("region", { name: "Output" }).getByText('"status": 200').waitFor();
  await settle(page);
  await expectAccessible(page);
});

test("a step goes by the Delete key, comes back, and asks about what came before it", async () => {
  await page.goto(`${PROJECT}/workflows/new?template=report`);
  const any = page.getByRole("group", { name: "any, condition" });
  await any.click();
  await page.keyboard.press("Delete");
  await any.waitFor({ state: "detached" });
  await press("Undo");
  await any.click();
  const field = page.getByRole("combobox", { name: "Field" });
  await field.getByText("steps.found.data.0.id").waitFor();
  await choose("Field", "steps.found.data.0.total");
  await choose("Operator", "is at least");
  await fill("Value", "40");
  await press("Add a condition");
  await page.getByRole("combobox", { name: "Field" }).last().click();
  await page.getByRole("option", { name: "Another path…" }).click();
  await fill("Path", "run.id");
  await page.getByLabel("Value").last().fill("1");
  await page.getByRole("tab", { name: "JSON" }).click();
  const text = page.getByRole("textbox", { name: "The definition" });
  await text.getByText('"steps.found.data.0.total__gte": 40').waitFor();
  await text.getByText('"run.id": 1').waitFor();
});

test("a saved workflow tells what will fail, at the step where it will", async () => {
  await page.goto(`${PROJECT}/workflows/new?template=call`);
  await fill("Name", "call without a secret");
  await page.getByRole("group", { name: "call, http.request" }).click();
  await fill("Then times", "3");
  await press("Create");
  await page.getByText("this will fail as things stand").waitFor();
  await page.waitForURL(/workflows\/[0-9a-f-]{36}/);
  await page.reload();
  await page.getByText("this will fail as things stand").waitFor();
  await press("call");
  await page.getByRole("heading", { name: "Step call" }).waitFor();
  await page.getByRole("group", { name: "call, http.request" }).getByText("1 warning").waitFor();
  await settle(page);
  await expectAccessible(page);
  await shoot(page, "workflow-warnings");
  await fill("Seconds at most", "60");
  await press("Save");
  await page.getByText("Saved. Version 2 is in force.").waitFor();
});

test("a step is dragged, stands there for others too, and is tidied up", async () => {
  await page.goto(`${PROJECT}/workflows/new?template=each`);
  await fill("Name", "drawn by hand");
  await press("Create");
  await page.waitForURL(/workflows\/[0-9a-f-]{36}/);
  const step = page.locator(".react-flow__node-step").first();
  await settle(page);
  const laid = await step.boundingBox();
  if (!laid) throw new Error("Nothing is drawn.");
  await page.mouse.move(laid.x + 60, laid.y + 12);
  await page.mouse.down();
  await page.mouse.move(laid.x + 20, laid.y + 40, { steps: 4 });
  await page.mouse.move(laid.x - 40, laid.y + 62, { steps: 4 });
  await page.mouse.up();
  await page.getByRole("button", { name: "Tidy up" }).waitFor();
  await settle(page);
  await expectAccessible(page);
  await shoot(page, "workflow-dragged");
  await press("Save");
  await page.getByText("Saved. Version 2 is in force.").waitFor();
  await page.reload();
  await settle(page);
  await press("Tidy up");
  await page.getByRole("button", { name: "Tidy up" }).waitFor({ state: "detached" });
  await step.click({ position: { x: 60, y: 12 } });
  await page.keyboard.press("ArrowRight");
  await page.getByRole("button", { name: "Tidy up" }).waitFor();
  await press("Discard");
  await page.getByText("Not saved yet").waitFor({ state: "detached" });
});

test("what is written as JSON shows in the picture, and the other way round", async () => {
  await page.goto(`${PROJECT}/workflows/new`);
  await page.getByRole("group", { name: "log, log" }).click();
  await page.getByLabel("Id", { exact: true }).fill("greeting");
  await page.getByRole("tab", { name: "JSON" }).click();
  const text = page.getByRole("textbox", { name: "The definition" });
  await text.getByText('"greeting"').waitFor();
  await text.fill(
    '{"name": "x", "run_as": "project", "max_concurrent": 1, "description": null, "trigger": {"type": "manual"}, "steps": [{"id": "wait", "action": "delay", "with": {"hours": 1}}]}',
  );
  await page.getByRole("group", { name: "wait, delay" }).waitFor();
});

test("a request is undone from the audit log", async () => {
  await createOrder("99");
  await page.goto(`${PROJECT}/audit?action=created`);
  await page.getByRole("button", { name: "created orders" }).first().click();
  await page.getByRole("button", { name: "Undo the request" }).click();
  await page.getByText("1 record would be as before").waitFor();
  await page.getByRole("button", { name: "Undo", exact: true }).click();
  await page.getByText("1 record taken back.").waitFor();
  await page.goto(`${PROJECT}/data/orders`);
  await page.getByRole("gridcell", { name: "77", exact: true }).waitFor();
  expect(await page.getByRole("gridcell", { name: "99", exact: true }).count()).toBe(0);
});

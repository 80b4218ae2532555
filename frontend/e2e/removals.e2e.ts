/** What takes something away, or does much at once, asks first; then it is done. */
import { expect, test } from "vitest";

import { agree, api, journeys, page, press, receiver, url } from "./journey";

const BASE = "/projects/attic";
const PROJECT = `${url}${BASE}`;

journeys({
  prepare: async (api) => {
    await api("POST", "/projects", { name: "Attic", slug: "attic" });
    await api("POST", `${BASE}/collections`, {
      name: "things",
      label: "Things",
      fields: [{ name: "name", type: "string" }],
    });
  },
});

async function made(path: string, body: unknown): Promise<string> {
  return ((await api("POST", `${BASE}/${path}`, body)) as { id: string }).id;
}

async function countOf(path: string): Promise<number> {
  return ((await api("GET", `${BASE}/${path}`)) as { data: unknown[] }).data.length;
}

/** The question is put, and nothing happens to whoever says no. */
async function decline(): Promise<void> {
  const dialog = page.getByRole("alertdialog");
  await press("Cancel", dialog);
  await dialog.waitFor({ state: "detached" });
}

test("a secret", async () => {
  await api("PUT", `${BASE}/secrets/payments`, { value: "sk_1" });
  await page.goto(`${PROJECT}/secrets`);
  await press("Delete");
  await decline();
  expect(await countOf("secrets")).toBe(1);
  await press("Delete");
  await agree("Delete");
  await page.getByText("The secret is deleted.").waitFor();
  expect(await countOf("secrets")).toBe(0);
});

test("a policy, and the test of one", async () => {
  const policy = { collection: "things", actions: ["list"], principals: ["anonymous"] };
  const id = await made("policies", { name: "everyone looks", ...policy });
  const kept = await made("policies/tests", {
    name: "everyone may look",
    as: { anonymous: true },
    do: { action: "list", collection: "things" },
    expect: { allowed: true },
  });
  await page.goto(`${PROJECT}/policies/tests?test=${kept}`);
  await press("Delete", page.getByRole("dialog"));
  await page.getByText("Delete the test “everyone may look”?").waitFor();
  await agree("Delete");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  expect(await countOf("policies/tests")).toBe(0);

  await page.goto(`${PROJECT}/policies/list?policy=${id}`);
  await press("Delete", page.getByRole("dialog"));
  await agree("Delete");
  await page.getByText("The policy is gone.").waitFor();
  await expect.poll(() => page.getByText("everyone looks").count()).toBe(0);
});

test("a record, from its form", async () => {
  const id = await made("data/things", { name: "lamp" });
  await page.goto(`${PROJECT}/data/things?record=${id}`);
  await press("Delete", page.getByRole("dialog"));
  await decline();
  await page.getByRole("dialog").getByLabel("name").waitFor();
  await press("Delete", page.getByRole("dialog"));
  await agree("Delete");
  await page.getByText("Deleted 1 record.").waitFor();
  expect(await countOf("data/things")).toBe(0);
});

test("deliveries are sent again, all at once", async () => {
  const hook = await made("webhooks", { url: `${receiver}/things`, events: ["record.created"] });
  await made("data/things", { name: "chair" });
  const sent = `webhooks/${hook}/deliveries?status=succeeded`;
  await expect.poll(() => countOf(sent)).toBe(1);
  await page.goto(`${PROJECT}/webhooks/${hook}?status=succeeded`);
  await press("Send all of these again");
  await agree("Send again");
  await page.getByText("Sending 1 delivery again.").waitFor();
});

test("runs that failed are tried again, all at once", async () => {
  const flow = await made("workflows", {
    name: "never",
    trigger: { type: "manual" },
    steps: [
      {
        id: "call",
        action: "http.request",
        with: { url: `${receiver}/refuse` },
        retry: { max_attempts: 1 },
      },
    ],
  });
  await made(`workflows/${flow}/run`, {});
  const failed = `workflows/${flow}/runs?status=failed`;
  await expect.poll(() => countOf(failed)).toBe(1);
  await page.goto(`${PROJECT}/workflows/${flow}?tab=runs`);
  await press("Retry all that failed");
  await agree("Retry");
  await page.getByText("1 run begun.").waitFor();
  await expect.poll(() => countOf(failed)).toBe(2);
});

test("every session of an account", async () => {
  await page.goto(`${url}/account`);
  await press("Sign out everywhere");
  await decline();
  await press("Sign out everywhere");
  await agree("Sign out everywhere");
  await page.waitForURL("**/login");
});

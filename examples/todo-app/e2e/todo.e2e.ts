/** The app in Chromium, against a fresh server. */
import { existsSync } from "node:fs";

import axe from "axe-core";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, inject, it } from "vitest";

const PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const PASSWORD = "a long password";

let browser: Browser;
const contexts: BrowserContext[] = [];
const faults: string[] = [];
const sockets: string[] = [];

beforeAll(async () => {
  const executablePath = process.env.CHROMIUM ?? PLACES.find((path) => existsSync(path));
  if (!executablePath) throw new Error("No Chromium: apt-get install chromium, or set CHROMIUM.");
  const args = ["--no-sandbox", "--disable-dev-shm-usage"];
  browser = await chromium.launch({ executablePath, args });
});
afterAll(() => browser?.close());
afterEach(async () => {
  await Promise.all(contexts.splice(0).map((context) => context.close()));
  expect(faults.splice(0)).toEqual([]);
});

/** A browser of its own, at the app's first page. */
async function open(options: Parameters<Browser["newContext"]>[0] = {}): Promise<Page> {
  const context = await browser.newContext(options);
  contexts.push(context);
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  page.on("pageerror", (error) => faults.push(String(error)));
  page.on("console", (message) => {
    const isOurs = !/Failed to load resource|vite/.test(message.text());
    if (message.type() === "error" && isOurs) faults.push(message.text());
  });
  page.on("websocket", (socket) => sockets.push(new URL(socket.url()).pathname));
  await page.goto(inject("page"));
  return page;
}

async function signUp(page: Page, email: string): Promise<void> {
  await page.getByRole("button", { name: "Create an account" }).click();
  await enter(page, email, "Create account");
}

async function enter(page: Page, email: string, button: string): Promise<void> {
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: button, exact: true }).click();
  await page.getByRole("status").getByText("Live").waitFor();
}

async function add(page: Page, title: string): Promise<void> {
  await page.getByLabel("What is to be done?").fill(title);
  await page.getByRole("button", { name: "Add" }).click();
}

const item = (page: Page, title: string) => page.getByRole("listitem").filter({ hasText: title });

async function stored(): Promise<string[]> {
  const answer = await fetch(`${inject("api")}/api/projects/todo/data/todos?sort=created_at`, {
    headers: { authorization: `Bearer ${inject("token")}` },
  });
  const { data } = (await answer.json()) as { data: { title: string }[] };
  return data.map((todo) => todo.title);
}

async function expectAccessible(page: Page): Promise<void> {
  await page.evaluate(axe.source);
  const found = await page.evaluate(async () => {
    const { axe } = window as unknown as { axe: typeof import("axe-core") };
    const { violations } = await axe.run(document);
    return violations
      .filter(({ impact }) => impact === "serious" || impact === "critical")
      .map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
  });
  expect(found).toEqual([]);
}

async function shoot(page: Page, name: string): Promise<void> {
  if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/todo-${name}.png` });
}

it("is one list on every device, offline too, and nobody else's", async () => {
  const laptop = await open();
  await expectAccessible(laptop);
  await shoot(laptop, "sign-in");
  await signUp(laptop, "ann@example.com");
  const phone = await open({ colorScheme: "dark", viewport: { width: 390, height: 700 } });
  await enter(phone, "ann@example.com", "Sign in");
  await shoot(phone, "empty");

  await add(laptop, "Water the plants");
  await item(phone, "Water the plants").waitFor();
  await item(phone, "Water the plants").getByRole("checkbox").check();
  await laptop.getByText("0 to do").waitFor();
  expect(await item(laptop, "Water the plants").getByRole("checkbox").isChecked()).toBe(true);

  await laptop.context().setOffline(true);
  await add(laptop, "Call Grandma");
  await add(laptop, "Buy bread");
  await item(laptop, "Buy bread").getByRole("checkbox").check();
  await laptop.getByText("Offline, 3 waiting").waitFor();
  await shoot(laptop, "offline");
  expect(await item(phone, "Call Grandma").count()).toBe(0);
  await laptop.context().setOffline(false);
  await item(phone, "Call Grandma").waitFor();
  await laptop.getByRole("status").getByText("Live", { exact: true }).waitFor();
  expect(await stored()).toEqual(["Water the plants", "Call Grandma", "Buy bread"]);
  expect(await laptop.getByRole("listitem").count()).toBe(3);

  const bob = await open();
  await signUp(bob, "bob@example.com");
  await bob.getByText("Nothing to do.").waitFor();
  await add(bob, "Bob's own");
  await item(bob, "Bob's own").waitFor();

  await item(phone, "Buy bread").getByRole("button", { name: "Delete Buy bread" }).click();
  await item(laptop, "Buy bread").waitFor({ state: "detached" });
  expect(sockets).toContain("/api/projects/todo/realtime/ws");
  expect(await item(laptop, "Bob's own").count()).toBe(0);
  for (const page of [laptop, phone]) await expectAccessible(page);
  await shoot(laptop, "list");
  await shoot(phone, "phone");
});

it("does once what it sends again, because the answer was lost or the page was left", async () => {
  const page = await open();
  await signUp(page, "cy@example.com");
  const before = (await stored()).length;
  let lost = 0;
  await page.route("**/data/todos", async (route) => {
    if (route.request().method() !== "POST" || lost > 5) return route.continue();
    lost += 1;
    await route.fetch();
    return route.abort();
  });
  await add(page, "Only once");
  await expect.poll(() => lost).toBeGreaterThan(0);
  await page.reload();
  await item(page, "Only once").waitFor();
  await page.getByRole("status").getByText("Live", { exact: true }).waitFor();
  expect((await stored()).length).toBe(before + 1);
  expect(await item(page, "Only once").count()).toBe(1);
});

it("tells what is wrong with what is typed, and forgets who signed out", async () => {
  const page = await open();
  await page.getByLabel("E-mail").fill("nobody@example.com");
  await page.getByLabel("Password").fill("wrong password");
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.getByRole("alert").waitFor();
  await signUp(page, "dee@example.com");
  await add(page, "Private");
  await item(page, "Private").waitFor();
  await page.getByRole("status").getByText("Live", { exact: true }).waitFor();
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("heading", { name: "Welcome back" }).waitFor();
  expect(await page.evaluate(() => JSON.stringify(localStorage))).not.toContain("Private");
});

it("knows who signs in with a passkey", async () => {
  const page = await open();
  const debuggers = await page.context().newCDPSession(page);
  await debuggers.send("WebAuthn.enable");
  await debuggers.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
    },
  });
  await signUp(page, "eve@example.com");
  const asClient = (code: string) =>
    page.evaluate(`import("/src/client.ts").then(async ({ client: { auth } }) => ${code})`);
  await proveAddress(String(await asClient("auth.user.id")));
  expect(await asClient("auth.passkeys.supported")).toBe(true);
  await asClient("auth.passkeys.register({ name: 'Laptop' })");
  expect(await asClient("(await auth.passkeys.list()).map(({ name }) => name)")).toEqual([
    "Laptop",
  ]);
  await asClient("auth.logout()");
  await page.getByRole("heading", { name: "Welcome back" }).waitFor();
  expect(await asClient("auth.passkeys.signIn()")).toMatchObject({ status: "signed_in" });
  await page.getByRole("status").getByText("Live", { exact: true }).waitFor();
  expect(await asClient("auth.user.email")).toBe("eve@example.com");
});

/** What a user does with a mailed code: passkeys want it. */
async function proveAddress(id: string): Promise<void> {
  const answer = await fetch(`${inject("api")}/api/projects/todo/users/${id}`, {
    method: "PATCH",
    headers: { authorization: `Bearer ${inject("token")}`, "content-type": "application/json" },
    body: JSON.stringify({ email_verified: true }),
  });
  expect(answer.status).toBe(200);
}

/** Who may come in, and how: keys, users, roles, the rules of signing in and the mails about it. */
import { expect, test } from "vitest";

import { expectAccessible, settle } from "./browser";
import { agree, api, choose, fill, journeys, page, press, url } from "./journey";

const BASE = "/projects/club";
const API = `${url}/api${BASE}`;
const ALAN = { email: "alan@example.com", password: "correct horse battery" };

journeys({
  prepare: async (api) => {
    await api("POST", "/projects", { name: "Club", slug: "club" });
    await api("POST", `${BASE}/collections`, {
      name: "notes",
      label: "Notes",
      fields: [{ name: "text", type: "string" }],
    });
  },
});

async function go(screen: string): Promise<void> {
  await page.goto(`${url}${BASE}/${screen}`);
}

async function statusOf(key: string, method = "GET"): Promise<number> {
  const headers = { "X-API-Key": key, "Content-Type": "application/json" };
  const body = method === "POST" ? JSON.stringify({ text: "by a key" }) : undefined;
  return (await fetch(`${API}/data/notes`, { method, headers, body })).status;
}

async function signIn(who: { email: string; password: string }): Promise<number> {
  const answer = await fetch(`${API}/auth/login`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(who),
  });
  return answer.status;
}

/** What is shown once. */
async function takeSecret(): Promise<string> {
  const dialog = page.getByRole("dialog", { name: "Copy the key now" });
  const secret = (await dialog.locator("code").textContent()) ?? "";
  await press("I have it", dialog);
  return secret;
}

test("a key is made, given another scope, a new secret, and revoked", async () => {
  await go("api-keys");
  await press("New key");
  await fill("Name", "Website");
  await press("Create the key");
  await page.getByText("Choose at least one scope.").waitFor();
  await page.getByRole("checkbox", { name: "list Notes", exact: true }).click();
  await press("Create the key");
  const first = await takeSecret();
  expect(await statusOf(first)).toBe(200);
  expect(await statusOf(first, "POST")).toBe(403);

  await page.getByRole("button", { name: /Website/ }).click();
  await page.getByRole("checkbox", { name: "create Notes", exact: true }).click();
  await press("Save");
  await page.getByText("Saved. It holds within seconds.").waitFor();
  await expect.poll(() => statusOf(first, "POST")).toBe(201);

  await page.getByRole("button", { name: /Website/ }).click();
  await press("New secret");
  await choose("The old secret stays good for", "no time");
  await press("New secret", page.getByRole("alertdialog"));
  const second = await takeSecret();
  expect(await statusOf(second)).toBe(200);
  await expect.poll(() => statusOf(first)).toBe(401);

  await page.getByRole("button", { name: /Website/ }).click();
  await page.getByRole("dialog").getByRole("button", { name: "More" }).click();
  await page.getByRole("menuitem", { name: "Revoke" }).click();
  await agree("Revoke");
  await page.getByText("No keys yet").waitFor();
  await expect.poll(() => statusOf(second)).toBe(401);
});

test("a role is made, given to a new user, described, and not deleted while held", async () => {
  await go("roles");
  await press("New role");
  await fill("Name", "Editor");
  await press("Save");
  await page.getByText(/Begin with a small letter/).waitFor();
  await fill("Name", "editor");
  await press("Save");
  await page.getByText("The role editor was made.").waitFor();

  await go("users");
  await press("New user");
  await fill("E-mail address", ALAN.email);
  await fill("Name", "Alan Kay");
  await page.getByRole("radio", { name: "Set a password" }).click();
  await fill("Password", ALAN.password);
  await page.getByRole("button", { name: "editor", exact: true }).click();
  await press("Create");
  await page.getByText("The user was created.").waitFor();
  await page.getByRole("row", { name: /Alan Kay.*editor/ }).waitFor();
  expect(await signIn(ALAN)).toBe(200);

  await go("roles");
  await page.getByRole("link", { name: "1 user" }).waitFor();
  await press("Edit editor");
  await fill("Description", "Publishes");
  await press("Save");
  await page.getByText("Publishes").waitFor();
  await press("Edit editor");
  await press("Delete");
  await press("Delete", page.getByRole("alertdialog"));
  await page.getByRole("alertdialog").getByRole("alert").waitFor();
  await press("Cancel", page.getByRole("alertdialog"));
  await press("Cancel");
  await page.getByRole("link", { name: "1 user" }).click();
  await page.getByRole("row", { name: /Alan Kay/ }).waitFor();
});

test("a user is suspended, cannot sign in, and is let in again", async () => {
  await go("users");
  await page.getByRole("row", { name: /Alan Kay/ }).click();
  await page.getByRole("tab", { name: "Sessions" }).click();
  await page.getByText("seen").first().waitFor();
  await page.getByRole("tab", { name: "Profile" }).click();
  await press("Suspend");
  await agree("Suspend");
  await page.getByText("Suspended. Every session has ended.").waitFor();
  expect(await signIn(ALAN)).toBe(401);
  await page.getByRole("tab", { name: "Sessions" }).click();
  await page.getByText("Not signed in anywhere.").waitFor();
  await page.getByRole("tab", { name: "Profile" }).click();
  await press("Reactivate");
  await press("Suspend", page.getByRole("dialog"));
  await press("Cancel", page.getByRole("alertdialog"));
  expect(await signIn(ALAN)).toBe(200);
});

test("organisations are turned on, one is made, and people come and go in it", async () => {
  await api("POST", `${BASE}/users`, { email: "barbara@example.com", name: "Barbara Liskov" });
  await go("organisations");
  await press("Turn on");
  await page.getByText("No organisations yet").waitFor();
  await press("New organisation");
  await fill("Name", "Xerox");
  await fill("Slug", "Xerox PARC");
  await press("Create");
  await page.getByText(/Small letters, digits and hyphens/).waitFor();
  await fill("Slug", "xerox");
  await press(/^Owner/);
  await page.getByRole("option", { name: /alan/i }).click();
  await press("Create");
  const members = page.getByRole("list", { name: "Members" });
  await members.getByText("Alan Kay").waitFor();

  await press(/^User: /);
  await page.getByRole("option", { name: /barbara/i }).click();
  await press("Add");
  await members.getByText("Barbara Liskov").waitFor();
  await choose("Role of Alan Kay", "Member");
  await page.getByRole("combobox", { name: "Role of Alan Kay" }).getByText("Owner").waitFor();
  await choose("Role of Barbara Liskov", "Owner");
  await page.getByText("Barbara Liskov is now Owner.").waitFor();
  await press("Remove Alan Kay");
  await agree("Remove");
  await members.getByText("Alan Kay").waitFor({ state: "detached" });
  await fill("E-mail address", ALAN.email);
  await press("Invite");
  await page.getByText(`${ALAN.email} is invited.`).waitFor();
  await settle(page);
  await expectAccessible(page);

  await page.getByRole("tab", { name: "Details" }).click();
  await fill("Name", "Xerox PARC");
  await press("Save");
  await page.getByRole("heading", { name: "Xerox PARC" }).waitFor();
  await press("Delete");
  await agree("Delete");
  await page.getByText("No organisations yet").waitFor();
  await go("mailbox");
  await page
    .getByRole("list", { name: "Mails" })
    .getByText(/Xerox|organisation/i)
    .first()
    .waitFor();
});

test("the rules of passwords are changed, and hold", async () => {
  await go("authentication");
  await fill("Shortest password", "4");
  await press("Save");
  await page.getByText("greater than or equal to 8").waitFor();
  await fill("Shortest password", "16");
  await page.getByRole("switch", { name: "Anyone may sign up" }).click();
  await press("Save");
  await page.getByText("Saved.", { exact: true }).waitFor();
  await page.reload();
  await expect.poll(() => page.getByLabel("Shortest password").inputValue()).toBe("16");
  const { auth } = (await api("GET", `${BASE}/settings`)) as {
    auth: { password: { min_length: number }; allow_signup: boolean };
  };
  expect(auth.password.min_length).toBe(16);
});

test("a provider is added, switched off and removed", async () => {
  await go("authentication/providers");
  await press("Add a provider");
  await press("Save");
  await page.getByText("This is needed.").waitFor();
  await fill("Client ID", "club.example.com");
  await fill("Client secret", "secret");
  await press("Save");
  const row = page.getByRole("button", { name: /Google/ });
  await row.getByText("in use").waitFor();
  await row.click();
  await page.getByText("It is set. Leave this empty to keep it.").waitFor();
  await page.getByRole("switch", { name: "In use" }).click();
  await press("Save");
  await row.getByText("switched off").waitFor();
  expect(await row.getByText("without a secret").count()).toBe(0);
  await row.click();
  await press("Remove");
  await agree("Remove");
  await page.getByText("No providers yet").waitFor();
});

test("a mail in one's own words is what arrives, until the standard text is back", async () => {
  await go("authentication/mails?kind=invitation");
  await fill("Subject", "Come to the club");
  await fill("HTML", '<p>Welcome, <a href="{{ link }}">this way</a>.</p>');
  await fill("Text", "This way: {{ link }}");
  const preview = page.frameLocator("iframe");
  await preview.getByText("this way").waitFor();
  await press("Save");
  await page.getByText("Saved.", { exact: true }).waitFor();

  await go("users");
  await press("New user");
  await fill("E-mail address", "grace@example.org");
  await press("Create");
  await page.getByText(/ is invited\. Without a mail server/).waitFor();
  await go("mailbox");
  await page.getByRole("button", { name: /Come to the club/ }).click();
  await page.frameLocator("iframe").getByText("this way").waitFor();
  await page.getByRole("radio", { name: "Text" }).click();
  await page.getByText(/^This way: http/).waitFor();

  await go("authentication/mails?kind=invitation");
  await press("Back to the standard text");
  await page.getByText("The standard text is in force again.").waitFor();
  await go("mailbox");
  await press("Empty");
  await agree("Empty");
  await page.getByText("No mails yet").waitFor();
  await press("Send a test mail");
  await page.getByRole("list", { name: "Mails" }).getByRole("button").first().waitFor();
});

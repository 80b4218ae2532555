/** Second factors and passkeys, from setting them up to signing in with them. */
import { createHmac } from "node:crypto";

import type { BrowserContext, Page } from "playwright-core";

import { settle } from "./browser";
import { CREDENTIALS } from "./world";

const STEP_SECONDS = 30;

/** What an authenticator app shows (RFC 6238). */
function codeOf(secret: string, step: number): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const digest = createHmac("sha1", base32(secret)).update(counter).digest();
  const offset = (digest.at(-1) ?? 0) & 15;
  return String((digest.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

function base32(text: string): Buffer {
  const bits = [...text.replace(/=+$/, "")]
    .map((letter) =>
      "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(letter).toString(2).padStart(5, "0"),
    )
    .join("");
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => parseInt(byte, 2)));
}

async function signOut(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Your account" }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await page.getByRole("heading", { name: "Sign in to Backendify" }).waitFor();
}

async function givePassword(page: Page): Promise<void> {
  await page.getByLabel("E-mail address").fill(CREDENTIALS.email);
  await page.getByLabel("Password", { exact: true }).fill(CREDENTIALS.password);
  await page.keyboard.press("Enter");
}

/** Set up codes, sign in with a code and with a recovery code, and do without again. */
export async function useSecondFactor(page: Page, url: string): Promise<void> {
  await page.goto(`${url}/account`);
  await page.getByRole("button", { name: "Set up" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("img", { name: "QR" }).waitFor();
  const secret = (await dialog.locator("code").textContent()) ?? "";
  const recovery = (await dialog.getByRole("listitem").first().textContent()) ?? "";
  const step = Math.floor(Date.now() / 1000 / STEP_SECONDS);
  await dialog.getByLabel("Code of the app").fill(codeOf(secret, step));
  await dialog.getByRole("button", { name: "Turn on" }).click();
  await page.getByText("recovery codes left").waitFor();

  await signOut(page);
  await givePassword(page);
  // Each code is good once: the next one is within the tolerance.
  await page.getByLabel("Code", { exact: true }).fill(codeOf(secret, step + 1));
  await page.getByRole("button", { name: "Verify" }).click();
  await page.getByRole("heading", { name: "Projects" }).waitFor();

  await signOut(page);
  await givePassword(page);
  await page.getByRole("button", { name: "Use a recovery code" }).click();
  await page.getByLabel("Recovery code").fill(recovery);
  await page.getByRole("button", { name: "Verify" }).click();
  await page.getByRole("heading", { name: "Projects" }).waitFor();

  await page.goto(`${url}/account`);
  await page.getByRole("button", { name: "Turn off" }).click();
  await page.getByRole("dialog").getByLabel("Current password").fill(CREDENTIALS.password);
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByRole("button", { name: "Set up" }).waitFor();
}

/** Make a passkey, sign in with it alone, and take it away. */
export async function usePasskey(context: BrowserContext, page: Page, url: string): Promise<void> {
  const debuggers = await context.newCDPSession(page);
  await debuggers.send("WebAuthn.enable");
  await debuggers.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  await page.goto(`${url}/account`);
  await page.getByLabel("Name of the passkey").fill("laptop");
  await page.getByRole("button", { name: "Add a passkey" }).click();
  await page.getByText("laptop").waitFor();
  await signOut(page);
  await page.getByRole("button", { name: "Sign in with a passkey" }).click();
  await page.getByRole("heading", { name: "Projects" }).waitFor();
  await page.goto(`${url}/account`);
  await page.getByRole("button", { name: "Remove" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Remove" }).click();
  await page.getByText("No passkeys yet.").waitFor();
  await settle(page);
}

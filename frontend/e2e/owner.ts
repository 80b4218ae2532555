/** The owner's account, whichever file of tests comes first, and a browser that is signed in. */
import type { Browser, BrowserContext } from "playwright-core";

import { type Api, apiOf, CREDENTIALS } from "./world";

export async function apiOfOwner(url: string): Promise<Api> {
  // Refused where somebody owns the installation already.
  await fetch(`${url}/api/auth/register`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(CREDENTIALS),
  });
  return apiOf(url);
}

export async function signedIn(
  browser: Browser,
  url: string,
  viewport = { width: 1440, height: 900 },
): Promise<BrowserContext> {
  const context = await browser.newContext({ viewport });
  const page = await context.newPage();
  await page.goto(`${url}/login`);
  await page.getByLabel("E-mail address").fill(CREDENTIALS.email);
  await page.getByLabel("Password", { exact: true }).fill(CREDENTIALS.password);
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/(projects|welcome)/);
  await page.close();
  return context;
}

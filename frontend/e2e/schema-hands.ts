/** What a hand does in the forms of the schema. */
import type { Page } from "playwright-core";

/** An option of a select, within the dialog that is open. */
export async function choose(page: Page, label: string, option: string | RegExp): Promise<void> {
  const within = page.getByRole("dialog");
  await within.getByRole("combobox", { name: label, exact: true }).click();
  await page.getByRole("option", { name: option, exact: true }).click();
}

export async function pick(page: Page, button: string, item: string): Promise<void> {
  await page.getByRole("dialog").getByRole("button", { name: button, exact: true }).click();
  await page.getByRole("menuitem", { name: item, exact: true }).click();
}

export async function keep(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Keep in the draft" }).click();
}

export async function applyDraft(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Review changes" }).click();
  await page.getByRole("button", { name: "Apply", exact: true }).click();
  await page.getByText(/is in force|Large tables go on/).waitFor();
}

/** Looking at screens at both widths and in both themes. */
import { test } from "vitest";

import { type Aspect, expectAccessible, expectNoSideways, settle, shoot } from "./browser";
import { journeys, page, url } from "./journey";
import type { Shown } from "./screens";
import type { Api } from "./world";

export const WIDTHS = { wide: { width: 1440, height: 900 }, phone: { width: 390, height: 844 } };
export const THEMES = ["light", "dark"] as const;

/** What cannot have changed since the look before is not looked at again. */
const LOOKS: { width: keyof typeof WIDTHS; theme: (typeof THEMES)[number]; aspect?: Aspect }[] = [
  { width: "wide", theme: "light", aspect: "everything" },
  { width: "wide", theme: "dark", aspect: "colours" },
  { width: "phone", theme: "dark", aspect: "layout" },
  { width: "phone", theme: "light" },
];

/** Every screen in one tab: what it has compiled serves all of them. */
export function walk(screens: Shown[], prepare: (as: Api) => Promise<unknown>): void {
  journeys({ prepare, onePage: true });

  test.each(screens)("$name at both widths, in both themes", async (screen) => {
    await page.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });
    await page.setViewportSize(WIDTHS.wide);
    await open(screen);
    for (const { width, theme, aspect } of LOOKS) {
      await turnTo(width, screen);
      await page.emulateMedia({ colorScheme: theme });
      await settle(page);
      await expectNoSideways(page);
      if (aspect) await expectAccessible(page, aspect);
      await shoot(page, `${screen.name}-${width}-${theme}`);
    }
  });
}

async function open(screen: Shown): Promise<void> {
  await page.goto(url + screen.path);
  await untilShown(screen);
  await screen.open?.(page);
}

async function untilShown({ heading }: Shown): Promise<void> {
  await page.getByRole("heading", { name: heading }).first().waitFor();
}

/** What was opened by hand has to open by hand at the other width, too. */
async function turnTo(width: keyof typeof WIDTHS, screen: Shown): Promise<void> {
  if (page.viewportSize()?.width === WIDTHS[width].width) return;
  await page.setViewportSize(WIDTHS[width]);
  if (screen.open) await open(screen);
  else await untilShown(screen);
}

/** Every screen of a project but those of who may do what, and the way in. */
import { test } from "vitest";

import { expectAccessible, expectNoSideways, shoot } from "./browser";
import { fillEvents } from "./events-world";
import { browser, receiver, url } from "./journey";
import { SCREENS } from "./screens";
import { THEMES, walk, WIDTHS } from "./walk";
import { fillDrafted, fillLibrary, fillStopped } from "./world";

walk(SCREENS, async (api) => {
  await api("POST", "/projects", { name: "Library", slug: "library" });
  await fillLibrary(api, "library");
  await fillDrafted(api);
  await fillStopped(api);
  await fillEvents(api, "library", receiver);
});

test("the sign-in page at both widths and in both themes", async () => {
  const visitor = await browser.newContext();
  const visit = await visitor.newPage();
  for (const [width, viewport] of Object.entries(WIDTHS)) {
    for (const colorScheme of THEMES) {
      await visit.setViewportSize(viewport);
      await visit.emulateMedia({ colorScheme });
      await visit.goto(`${url}/login`);
      await visit.getByRole("heading", { name: "Sign in to Backendify" }).waitFor();
      await expectNoSideways(visit);
      await expectAccessible(visit);
      await shoot(visit, `login-${width}-${colorScheme}`);
    }
  }
  await visitor.close();
});

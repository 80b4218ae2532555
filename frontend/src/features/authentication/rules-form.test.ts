import { expect, test } from "vitest";

import { fromSettings, toChange } from "./rules-form";

test("settings go there and back, and what is empty becomes a default", () => {
  const values = fromSettings({
    password: { min_length: 12 },
    redirect_urls: ["https://a.example/x", "https://b.example/y"],
    access_token_minutes: null,
  } as Parameters<typeof fromSettings>[0]);
  expect(toChange(values)).toMatchObject({
    allow_signup: true,
    password: { min_length: 12 },
    redirect_urls: ["https://a.example/x", "https://b.example/y"],
    access_token_minutes: null,
    passkey_rp_id: null,
  });
});

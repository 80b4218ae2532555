/** Between the settings of sign-in and the form that edits them. */
import { z } from "zod";

import type { AuthSettings } from "@/features/authentication/api";
import { strings } from "@/features/authentication/strings";

const count = z.string().regex(/^\d*$/, strings.number);

export const rulesSchema = z.object({
  allow_signup: z.boolean(),
  allow_anonymous: z.boolean(),
  require_verified_email: z.boolean(),
  passwordless: z.boolean(),
  min_length: count,
  profile_fields: z.array(z.string()),
  access_token_minutes: count,
  refresh_token_days: count,
  redirect_urls: z.string(),
  passkey_origins: z.string(),
  passkey_rp_id: z.string(),
});

export type RulesValues = z.infer<typeof rulesSchema>;

const DEFAULTS = {
  allow_signup: true,
  allow_anonymous: false,
  require_verified_email: false,
  passwordless: true,
  profile_fields: [] as string[],
  redirect_urls: [] as string[],
  passkey_origins: [] as string[],
};

export function fromSettings(auth: AuthSettings): RulesValues {
  const { profile_fields, redirect_urls, passkey_origins, ...rules } = { ...DEFAULTS, ...auth };
  return {
    allow_signup: rules.allow_signup,
    allow_anonymous: rules.allow_anonymous,
    require_verified_email: rules.require_verified_email,
    passwordless: rules.passwordless,
    min_length: String(auth.password?.min_length ?? ""),
    profile_fields,
    access_token_minutes: String(auth.access_token_minutes ?? ""),
    refresh_token_days: String(auth.refresh_token_days ?? ""),
    redirect_urls: redirect_urls.join("\n"),
    passkey_origins: passkey_origins.join("\n"),
    passkey_rp_id: auth.passkey_rp_id ?? "",
  };
}

/** A merge patch: what is empty goes back to its default. */
export function toChange(values: RulesValues): Record<string, unknown> {
  const { min_length: shortest, redirect_urls: urls, passkey_origins: origins, ...rest } = values;
  return {
    ...rest,
    password: { min_length: numberOf(shortest) },
    access_token_minutes: numberOf(values.access_token_minutes),
    refresh_token_days: numberOf(values.refresh_token_days),
    redirect_urls: linesOf(urls),
    passkey_origins: linesOf(origins),
    passkey_rp_id: values.passkey_rp_id.trim() || null,
  };
}

function numberOf(text: string): number | null {
  return text === "" ? null : Number(text);
}

function linesOf(text: string): string[] {
  return text.split(/\s+/).filter(Boolean);
}

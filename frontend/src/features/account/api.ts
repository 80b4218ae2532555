import { queryOptions } from "@tanstack/react-query";

import { api, type Schemas, unwrap } from "@/lib/api";
import { queryClient } from "@/lib/query";
import { IN_COOKIE, signIn, updateAdmin } from "@/lib/session";

export type Passkey = Schemas["PasskeyRead"];
export type Session = Schemas["SessionRead"];
export type Enrolment = Schemas["MfaEnrolment"];

const params = { header: IN_COOKIE };

export const mfaQuery = queryOptions({
  queryKey: ["account", "mfa"],
  queryFn: () => unwrap(api.GET("/api/auth/mfa")),
});

export const passkeysQuery = queryOptions({
  queryKey: ["account", "passkeys"],
  queryFn: () => unwrap(api.GET("/api/auth/passkeys")).then((list) => list.data),
});

export const sessionsQuery = queryOptions({
  queryKey: ["account", "sessions"],
  queryFn: () => unwrap(api.GET("/api/auth/sessions")).then((list) => list.data),
});

function refresh(): Promise<void> {
  return queryClient.invalidateQueries({ queryKey: ["account"] });
}

export async function rename(name: string): Promise<void> {
  const body = { name: name.trim() || null };
  updateAdmin(await unwrap(api.PATCH("/api/auth/me", { body })));
}

export async function changePassword(body: Schemas["PasswordChange"]): Promise<void> {
  signIn(await unwrap(api.POST("/api/auth/password/change", { params, body })));
  await refresh();
}

export function beginMfa(): Promise<Enrolment> {
  return unwrap(api.POST("/api/auth/mfa", { body: { type: "totp" } }));
}

export async function confirmMfa(code: string): Promise<void> {
  await unwrap(api.POST("/api/auth/mfa/confirm", { body: { code } }));
  await refresh();
}

export async function removeMfa(password: string): Promise<void> {
  await unwrap(api.DELETE("/api/auth/mfa", { body: { password } }));
  await refresh();
}

export async function renewCodes(password: string): Promise<string[]> {
  const made = await unwrap(api.POST("/api/auth/mfa/recovery-codes", { body: { password } }));
  await refresh();
  return made.recovery_codes;
}

export async function addPasskey(name: string): Promise<void> {
  const asked = await unwrap(api.POST("/api/auth/passkeys/register/options"));
  const { startRegistration } = await import("@simplewebauthn/browser");
  const optionsJSON = asked.public_key as unknown as Parameters<
    typeof startRegistration
  >[0]["optionsJSON"];
  const credential = { ...(await startRegistration({ optionsJSON })) };
  const body = { credential, ...(name.trim() && { name: name.trim() }) };
  await unwrap(api.POST("/api/auth/passkeys/register/verify", { body }));
  await refresh();
}

export async function removePasskey(id: string): Promise<void> {
  const path = { passkey_id: id };
  await unwrap(api.DELETE("/api/auth/passkeys/{passkey_id}", { params: { path } }));
  await refresh();
}

export async function endSession(id: string): Promise<void> {
  const path = { session_id: id };
  await unwrap(api.DELETE("/api/auth/sessions/{session_id}", { params: { path } }));
  await refresh();
}

export async function endAllSessions(): Promise<void> {
  await unwrap(api.POST("/api/auth/logout-all", { params }));
}

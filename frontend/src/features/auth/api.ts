import { anonymous, type Schemas, unwrap } from "@/lib/api";
import { queryClient } from "@/lib/query";
import { IN_COOKIE, signIn } from "@/lib/session";
import { startQuery } from "@/routing/start";

type SignedIn = Schemas["SignedIn"];
type Waiting = Schemas["MfaRequired"];

const params = { header: IN_COOKIE };

/** Begin a session, or tell what is still owed for one. */
function enter(answer: SignedIn | Waiting): Waiting | null {
  if ("mfa_required" in answer) return answer;
  queryClient.setQueryData(
    startQuery.queryKey,
    (start) => start && { ...start, has_owner: true, has_session: true },
  );
  signIn(answer);
  return null;
}

export async function logIn(body: Schemas["Login"]): Promise<Waiting | null> {
  return enter(await unwrap(anonymous.POST("/api/auth/login", { params, body })));
}

export async function register(
  body: Schemas["app__features__auth__schemas__Registration"],
): Promise<void> {
  enter(await unwrap(anonymous.POST("/api/auth/register", { params, body })));
}

export async function verifyCode(mfaToken: string, code: string): Promise<void> {
  const body = { mfa_token: mfaToken, code };
  enter(await unwrap(anonymous.POST("/api/auth/mfa/verify", { params, body })));
}

export async function verifyPasskey(mfaToken: string): Promise<void> {
  const asked = await unwrap(
    anonymous.POST("/api/auth/mfa/passkey/options", { body: { mfa_token: mfaToken } }),
  );
  const body = { mfa_token: mfaToken, passkey: await askPasskey(asked) };
  enter(await unwrap(anonymous.POST("/api/auth/mfa/verify", { params, body })));
}

export async function logInWithPasskey(): Promise<void> {
  const asked = await unwrap(anonymous.POST("/api/auth/passkeys/login/options"));
  const body = { credential: await askPasskey(asked) };
  enter(await unwrap(anonymous.POST("/api/auth/passkeys/login/verify", { params, body })));
}

async function askPasskey(asked: Schemas["PasskeyOptions"]): Promise<Record<string, unknown>> {
  const { startAuthentication } = await import("@simplewebauthn/browser");
  const options = asked.public_key as unknown as Parameters<
    typeof startAuthentication
  >[0]["optionsJSON"];
  return { ...(await startAuthentication({ optionsJSON: options })) };
}

/** Second factors and providers, on a server. */
import { createHmac } from "node:crypto";

import { expect, it } from "vitest";

import { asOwner, newClient, PASSWORD, person, url } from "./people.js";

/** What an authenticator app shows (RFC 6238), some half minutes from now. */
function totp(secret: string, later = 0): string {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const bits = [...secret.replace(/=+$/, "")]
    .map((letter) => alphabet.indexOf(letter).toString(2).padStart(5, "0"))
    .join("");
  const bytes = bits.match(/.{8}/g)!.map((byte) => parseInt(byte, 2));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + later));
  const digest = createHmac("sha1", Buffer.from(bytes)).update(counter).digest();
  const offset = digest[19]! & 15;
  return String((digest.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

async function mailedCode(to: string): Promise<string> {
  let text = "";
  const look = async (): Promise<void> => {
    const path = `/mailbox?recipient=${encodeURIComponent(to)}`;
    const { data } = await asOwner<{ data: { text: string }[] }>("GET", path);
    text = data.map((mail) => mail.text).find((each) => /\b\d{6}\b/.test(each)) ?? text;
  };
  for (let tries = 0; !text && tries < 2_400; tries++) {
    await look();
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  return /\b\d{6}\b/.exec(text)![0];
}

it("a code of the authenticator app is asked for, and finishes the sign-in", async () => {
  const { client, email } = await person();
  const { auth } = client;
  await expect(auth.mfa.setup()).rejects.toMatchObject({ code: "auth_email_unproved" });
  await auth.sendEmailProof();
  expect((await auth.proveEmail(await mailedCode(email))).email_verified).toBe(true);
  expect(auth.user?.email_verified).toBe(true);

  const setup = await auth.mfa.setup();
  expect(setup.otpauth_url).toContain(setup.secret);
  expect((await auth.mfa.status()).enabled).toBe(false);
  await auth.mfa.confirm(totp(setup.secret, -1));
  expect(await auth.mfa.status()).toEqual({ enabled: true, recovery_codes_left: 10 });
  await auth.logout();

  const first = await auth.login({ email, password: PASSWORD });
  if (first.status !== "mfa_required") throw new Error(first.status);
  expect(auth.user).toBeNull();
  await expect(first.verify("000000")).rejects.toMatchObject({ status: 401 });
  expect((await first.verify(totp(setup.secret))).email).toBe(email);
  expect((await client.collection("notes").list()).data).toEqual([]);

  const codes = await auth.mfa.renewRecoveryCodes({ password: PASSWORD });
  expect(codes).toHaveLength(10);
  await auth.logout();
  const again = await auth.login({ email, password: PASSWORD });
  if (again.status !== "mfa_required") throw new Error(again.status);
  await auth.mfa.verify(again.mfaToken, codes[0]!);
  await auth.mfa.remove({ password: PASSWORD });
  await auth.logout();
  expect((await auth.login({ email, password: PASSWORD })).status).toBe("signed_in");
});

it("a provider's user comes back with a code that is good for the client that began", async () => {
  const [client, thief] = [newClient(), newClient()];
  const redirectTo = "https://app.example.com/in";
  const leave = async (): Promise<string> => {
    const start = await client.auth.oauth.start("corp", { redirectTo });
    expect(start.startsWith(`${url}/api/projects/blog/auth/oauth/corp?`)).toBe(true);
    return travel(start);
  };
  await expect(thief.auth.oauth.exchange(await leave())).rejects.toMatchObject({ status: 401 });
  const signed = await client.auth.oauth.exchange(await leave());
  expect(signed.status).toBe("signed_in");
  expect(client.auth.user).toMatchObject({ email: "ada@example.com", email_verified: true });
  const again = newClient();
  const start = await again.auth.oauth.start("corp", { redirectTo });
  await again.auth.oauth.exchange(await travel(start));
  expect(again.auth.user?.id).toBe(client.auth.user?.id);
});

/** What a browser does: out to the provider, and back to the app with a code. */
async function travel(start: string): Promise<string> {
  let [next, cookie] = [start, ""];
  for (let hops = 0; hops < 5; hops++) {
    const answer = await fetch(next, { redirect: "manual", headers: { cookie } });
    cookie = answer.headers.getSetCookie()[0]?.split(";")[0] ?? cookie;
    next = answer.headers.get("location") ?? "";
    if (next.startsWith("https://app.example.com")) break;
  }
  return new URL(next).searchParams.get("code")!;
}

it("who is signed in in another tab is so in this one, and both renew at once", async () => {
  const kept = new Map<string, string>();
  const storage = () => ({
    get: (name: string) => kept.get(name) ?? null,
    set: (name: string, text: string) => void kept.set(name, text),
    remove: (name: string) => void kept.delete(name),
  });
  const { client: one } = await person({ storage: storage() });
  const two = newClient({ storage: storage() });
  expect(two.auth.user?.id).toBe(one.auth.user?.id);

  // Without the browser's locks, as in a page without https: both spend the same refresh token.
  const [a, b] = await Promise.all([one.auth.refresh(), two.auth.refresh()]);
  expect([a?.user.id, b?.user.id]).toEqual([one.auth.user?.id, one.auth.user?.id]);
  for (const tab of [one, two]) {
    expect((await tab.auth.me()).id).toBe(one.auth.user?.id);
    await tab.auth.refresh();
    expect((await tab.auth.me()).id).toBe(one.auth.user?.id);
  }
  expect(JSON.parse(kept.get("backendify.blog")!).refresh_token).toBeTruthy();
});

it("a clock that is set wrong costs a request, and nobody their session", async () => {
  const { client } = await person();
  const session = client.auth.session!;
  // The clock was put back by a day since: the token looks good, and is not.
  const spent = `${session.access_token.slice(0, -2)}xx`;
  await client.auth.setSession({ ...session, access_token: spent, expires_at: Date.now() + 9e7 });
  expect((await client.collection("notes").list()).data).toEqual([]);
  // It was put forward: the token looks spent, and is not.
  await client.auth.setSession({ ...client.auth.session!, expires_at: 0 });
  expect((await client.collection("notes").list()).data).toEqual([]);
  expect(client.auth.session!.expires_at).toBeGreaterThan(Date.now());
});

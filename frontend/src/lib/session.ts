/**
 * Who is signed in. The access token lives in memory; the refresh token in a cookie that no script
 * can read. Tabs take turns to refresh, and tell each other what they got.
 */
import type { components } from "@/client/schema";
import { problemOf, unreachable } from "@/lib/problem";

export type SignedIn = components["schemas"]["SignedIn"];
export type Admin = components["schemas"]["AdminRead"];

type Held = { token: string; until: number; user: Admin };
type News = { kind: "signed-in"; held: Held } | { kind: "signed-out" };

/** The header by which the API keeps the refresh token in a cookie. */
export const IN_COOKIE = { "X-Session": "cookie" } as const;

const EARLY_MS = 20_000;
const LOCK = "backendify.refresh";

const listeners = new Set<() => void>();
const channel = new BroadcastChannel("backendify.session");
let held: Held | null = null;
let refreshing: Promise<Held | null> | null = null;

channel.addEventListener("message", ({ data }: MessageEvent<News>) => {
  hold(data.kind === "signed-in" ? data.held : null);
});

function hold(next: Held | null): void {
  held = next;
  for (const listener of listeners) listener();
}

function isFresh(): boolean {
  return held !== null && held.until > Date.now() + EARLY_MS;
}

/** Take over what a sign-in answered. */
export function signIn(answer: SignedIn): void {
  hold({
    token: answer.access_token,
    until: Date.now() + answer.expires_in * 1000,
    user: answer.user,
  });
  channel.postMessage({ kind: "signed-in", held } as News);
}

export function signOut(): void {
  hold(null);
  channel.postMessage({ kind: "signed-out" } satisfies News);
}

/** The account, if somebody is signed in. */
export function signedInAdmin(): Admin | null {
  return held?.user ?? null;
}

export function onSessionChange(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** A token that is good for a while, or null where nobody is signed in. */
export async function accessToken(): Promise<string | null> {
  if (isFresh()) return held?.token ?? null;
  return (await refresh())?.token ?? null;
}

/** Get a new token even though the one we hold looks good: the server refused it. */
export async function replaceToken(refused: string): Promise<string | null> {
  if (held?.token === refused) held = { ...held, until: 0 };
  return accessToken();
}

function refresh(): Promise<Held | null> {
  refreshing ??= inTurn(async () => {
    // Another tab may have refreshed while this one waited.
    if (isFresh()) return held;
    return renew();
  }).finally(() => {
    refreshing = null;
  });
  return refreshing;
}

async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  // Without TLS, and not on localhost, there are no locks: the API bears a race for ten seconds.
  if (!("locks" in navigator)) return work();
  return navigator.locks.request(LOCK, work) as Promise<T>;
}

async function renew(): Promise<Held | null> {
  const answer = await fetch("/api/auth/refresh", {
    method: "POST",
    headers: { "Content-Type": "application/json", ...IN_COOKIE },
    body: "{}",
  }).catch(() => {
    throw unreachable();
  });
  if (answer.ok) {
    signIn((await answer.json()) as SignedIn);
    return held;
  }
  if (answer.status !== 401) throw problemOf(await answer.json().catch(() => null), answer);
  signOut();
  return null;
}

/** The account was changed; the session goes on. */
export function updateAdmin(user: Admin): void {
  if (held === null) return;
  hold({ ...held, user });
  channel.postMessage({ kind: "signed-in", held } as News);
}

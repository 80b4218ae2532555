/** Signing in with a provider: out to it, and back with a code. */
import { randomId } from "../http.js";
import type { Cancellable } from "../reads.js";
import type { Signing, SignIn } from "./signing.js";
import type { SessionStorageAdapter } from "./storage.js";

export class OAuth {
  readonly #signing: Signing;

  /** @internal */
  constructor(signing: Signing) {
    this.#signing = signing;
  }

  /** The providers that users may sign in with. */
  async providers(options: Cancellable = {}): Promise<{ name: string; type: string }[]> {
    const asked = this.#signing.ask<{ data: { name: string; type: string }[] }>(
      "GET",
      "/oauth",
      undefined,
      options,
    );
    return (await asked).data;
  }

  /**
   * Where to send the browser for a sign-in with a provider; it comes back to `redirectTo` with a
   * `code` for `exchange`. The code is bound to this client by a secret kept in the storage (in
   * a browser, the tab's).
   */
  async start(provider: string, { redirectTo }: { redirectTo: string }): Promise<string> {
    const verifier = randomId() + randomId();
    // Pages without https have no `subtle`: there the code is bound to nobody.
    const challenge = globalThis.crypto.subtle ? await challengeOf(verifier) : undefined;
    if (challenge) await this.#kept.set(this.#name, verifier);
    return this.#signing.url(`/oauth/${encodeURIComponent(provider)}`, {
      redirect_to: redirectTo,
      code_challenge: challenge,
    });
  }

  /** Sign in with the `code` that came back from a provider. */
  async exchange(code: string, options?: Cancellable): Promise<SignIn> {
    const verifier = (await this.#kept.get(this.#name)) ?? undefined;
    await this.#kept.remove(this.#name);
    return this.#signing.signIn("/oauth/exchange", { code, code_verifier: verifier }, options);
  }

  /** Until the browser comes back: in the tab alone, where there is one. */
  get #kept(): Pick<SessionStorageAdapter, "get" | "set" | "remove"> {
    const tab = globalThis.sessionStorage as Storage | undefined;
    if (!tab) return this.#signing.sessions.storage;
    return {
      get: (name) => tab.getItem(name),
      set: (name, text) => tab.setItem(name, text),
      remove: (name) => tab.removeItem(name),
    };
  }

  get #name(): string {
    return `${this.#signing.sessions.name}.oauth`;
  }
}

async function challengeOf(verifier: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
  const text = btoa(String.fromCharCode(...new Uint8Array(digest)));
  return text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** Passkeys: the browser's WebAuthn, with what the server asks of it. */
import type { Cancellable } from "../reads.js";
import type { User } from "./session.js";
import type { Signing, SignIn } from "./signing.js";

export interface Passkey {
  id: string;
  name: string | null;
  created_at: string;
  last_used_at: string | null;
}

type Options = { public_key: unknown };
type Asking = Pick<CredentialRequestOptions, "mediation"> & Cancellable;

export class Passkeys {
  readonly #signing: Signing;

  /** @internal */
  constructor(signing: Signing) {
    this.#signing = signing;
  }

  /** Whether the browser knows passkeys: only pages with https (or on localhost) do. */
  get supported(): boolean {
    return typeof globalThis.PublicKeyCredential?.parseRequestOptionsFromJSON === "function";
  }

  /** Make a passkey for whoever is signed in; `name` tells it from others. The address has to be
   * proved before (`auth.sendEmailProof`). */
  async register({ name, signal }: Cancellable & { name?: string } = {}): Promise<Passkey> {
    const cancellable = signal ? { signal } : {};
    const asked = await this.#ask<Options>("POST", "/register/options", undefined, cancellable);
    const json = asked.public_key as PublicKeyCredentialCreationOptionsJSON;
    const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(json);
    const made = await navigator.credentials.create({ publicKey, ...cancellable });
    const body = { credential: toJson(made), name };
    return this.#ask<Passkey>("POST", "/register/verify", body, cancellable);
  }

  /** Sign in by a passkey alone. With `mediation: "conditional"` the browser offers it where the
   * user types an address (`autocomplete="username webauthn"`). */
  async signIn(options: Asking = {}): Promise<SignIn> {
    const asked = await this.#signing.post<Options>("/passkeys/login/options", undefined, options);
    const credential = await answer(asked, options);
    return this.#signing.signIn("/passkeys/login/verify", { credential }, options);
  }

  /** Finish a sign-in that wants a second factor with a passkey. */
  async verify(mfaToken: string, options: Cancellable = {}): Promise<User> {
    const body = { mfa_token: mfaToken };
    const asked = await this.#signing.post<Options>("/mfa/passkey/options", body, options);
    return this.#signing.verify(mfaToken, { passkey: await answer(asked, options) }, options);
  }

  async list(options?: Cancellable): Promise<Passkey[]> {
    return (await this.#ask<{ data: Passkey[] }>("GET", "", undefined, options)).data;
  }

  rename(id: string, name: string, options?: Cancellable): Promise<Passkey> {
    return this.#ask<Passkey>("PATCH", `/${encodeURIComponent(id)}`, { name }, options);
  }

  async remove(id: string, options?: Cancellable): Promise<void> {
    await this.#ask("DELETE", `/${encodeURIComponent(id)}`, undefined, options);
  }

  #ask<T>(method: string, path: string, body?: unknown, options?: Cancellable): Promise<T> {
    return this.#signing.ask<T>(method, `/passkeys${path}`, body, options);
  }
}

async function answer(asked: Options, { mediation, signal }: Asking): Promise<unknown> {
  const json = asked.public_key as PublicKeyCredentialRequestOptionsJSON;
  const given = await navigator.credentials.get({
    publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(json),
    ...(mediation && { mediation }),
    ...(signal && { signal }),
  });
  return toJson(given);
}

function toJson(credential: Credential | null): unknown {
  return (credential as PublicKeyCredential).toJSON();
}

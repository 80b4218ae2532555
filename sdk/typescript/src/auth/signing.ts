/** Requests of users, and what they come to: somebody signed in, or another step before that. */
import type { Http } from "../http.js";
import type { Cancellable } from "../reads.js";
import type { Sessions, SignedIn, User } from "./session.js";

export type SignIn =
  | { status: "signed_in"; user: User }
  /** Ask for a code of the authenticator app, then `verify` it; or `auth.passkeys.verify(mfaToken)`. */
  | { status: "mfa_required"; mfaToken: string; verify(code: string): Promise<User> }
  /** A mail is on its way; nobody is signed in before its link was followed. */
  | { status: "verification_required" };

/** @internal */
export type Answered = Partial<SignedIn> & { mfa_token?: string };

/** @internal */
export class Signing {
  readonly #http: Http;
  readonly sessions: Sessions;

  constructor(http: Http, sessions: Sessions) {
    this.#http = http;
    this.sessions = sessions;
  }

  /** Where a browser is to be sent. */
  url(path: string, query: Record<string, string | undefined>): string {
    return this.#http.url(`/auth${path}`, query);
  }

  /** As whoever is signed in. */
  ask<T>(method: string, path: string, body?: unknown, options: Cancellable = {}): Promise<T> {
    return this.#http.json<T>({ method, path: `/auth${path}`, body, signal: options.signal });
  }

  /** As nobody. */
  post<T>(path: string, body: unknown, options: Cancellable = {}): Promise<T> {
    const asked = { method: "POST", path: `/auth${path}`, body, bare: true };
    return this.#http.json<T>({ ...asked, signal: options.signal });
  }

  async signIn(path: string, body: unknown, options?: Cancellable): Promise<SignIn> {
    return this.taken(await this.post<Answered>(path, body, options));
  }

  async taken(
    answered: Answered,
    accept = (signedIn: SignedIn): Promise<User> => this.sessions.accept(signedIn),
  ): Promise<SignIn> {
    const { mfa_token: mfaToken } = answered;
    if (mfaToken !== undefined) {
      const verify = (code: string): Promise<User> => this.verify(mfaToken, { code });
      return { status: "mfa_required", mfaToken, verify };
    }
    if (answered.access_token === undefined) return { status: "verification_required" };
    return { status: "signed_in", user: await accept(answered as SignedIn) };
  }

  /** Finish a sign-in with the second factor. */
  async verify(mfaToken: string, given: object, options?: Cancellable): Promise<User> {
    const body = { mfa_token: mfaToken, ...given };
    return this.sessions.accept(await this.post<SignedIn>("/mfa/verify", body, options));
  }
}

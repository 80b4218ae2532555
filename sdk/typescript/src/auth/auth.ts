/** App users: signing in by any way the project allows, and a session that renews itself. */
import { BackendifyError } from "../errors.js";
import type { Http } from "../http.js";
import type { Cancellable } from "../reads.js";
import { Mfa } from "./mfa.js";
import { OAuth } from "./oauth.js";
import { Passkeys } from "./passkeys.js";
import type { Session, SessionListener, Sessions, SignedIn, User } from "./session.js";
import { type Answered, Signing, type SignIn } from "./signing.js";

interface Linking extends Cancellable {
  /** Where the mailed link leads: one of the project's `auth.redirect_urls`. */
  redirectTo?: string;
}

export class Auth {
  readonly #sessions: Sessions;
  readonly #signing: Signing;
  /** Codes of an authenticator app. */
  readonly mfa: Mfa;
  /** Signing in with Google, GitHub, or any OpenID provider. */
  readonly oauth: OAuth;
  /** Signing in with a fingerprint, a face or a security key. */
  readonly passkeys: Passkeys;
  /** Settles when the session was read from the storage: at once, where that answers at once. */
  readonly ready: Promise<void>;

  /** @internal */
  constructor(http: Http, sessions: Sessions) {
    this.#sessions = sessions;
    this.#signing = new Signing(http, sessions);
    this.mfa = new Mfa(this.#signing);
    this.oauth = new OAuth(this.#signing);
    this.passkeys = new Passkeys(this.#signing);
    this.ready = sessions.ready;
  }

  get session(): Session | null {
    return this.#sessions.current;
  }

  get user(): User | null {
    return this.session?.user ?? null;
  }

  /** Hear of every sign-in, renewal and sign-out, those in other tabs too. Answers how to stop. */
  onChange(listener: SessionListener): () => void {
    return this.#sessions.onChange(listener);
  }

  /** Sign up. Further members are fields that the setting `auth.profile_fields` names. */
  register(
    data: { email: string; password: string; name?: string; [field: string]: unknown },
    options?: Cancellable,
  ): Promise<SignIn> {
    const { redirectTo, ...rest } = data;
    return this.#signing.signIn("/register", { ...rest, redirect_to: redirectTo }, options);
  }

  login(data: { email: string; password: string }, options?: Cancellable): Promise<SignIn> {
    return this.#signing.signIn("/login", data, options);
  }

  /** Begin as a user without an address. */
  loginAnonymously(options?: Cancellable): Promise<SignIn> {
    return this.#signing.signIn("/anonymous", undefined, options);
  }

  /** Give an anonymous user an address and a password; the id stays. */
  async upgrade(data: { email: string; password: string }, options?: Cancellable): Promise<SignIn> {
    const answered = await this.#signing.ask<Answered>("POST", "/upgrade", data, options);
    return this.#signing.taken(answered, (signedIn) => this.#sessions.replace(signedIn));
  }

  /** Have a code to sign in with mailed. */
  async sendCode(email: string, options?: Cancellable): Promise<void> {
    await this.#signing.post("/otp", { email }, options);
  }

  verifyCode(email: string, code: string, options?: Cancellable): Promise<SignIn> {
    return this.#signing.signIn("/otp/verify", { email, code }, options);
  }

  /** Have a link to sign in with mailed. */
  async sendMagicLink(email: string, options: Linking = {}): Promise<void> {
    const body = { email, redirect_to: options.redirectTo };
    await this.#signing.post("/magic-link", body, options);
  }

  verifyMagicLink(token: string, options?: Cancellable): Promise<SignIn> {
    return this.#signing.signIn("/magic-link/verify", { token }, options);
  }

  /** The user as the server knows them now. */
  async me(options?: Cancellable): Promise<User> {
    return this.#updated("GET", "/me", undefined, options);
  }

  /** Change the name, and the fields that the setting `auth.profile_fields` names. */
  async updateMe(data: Record<string, unknown>, options?: Cancellable): Promise<User> {
    return this.#updated("PATCH", "/me", data, options);
  }

  /** Take the token of the link that a new user was mailed. */
  async verifyEmail(token: string, options?: Cancellable): Promise<User> {
    if (this.session) return this.#updated("POST", "/verify", { token }, options);
    return this.#signing.post<User>("/verify", { token }, options);
  }

  /** Have a code mailed to whoever is signed in, for `proveEmail`. */
  async sendEmailProof(options?: Cancellable): Promise<void> {
    await this.#signing.ask("POST", "/email/prove", undefined, options);
  }

  /** Prove the address: second factors and passkeys can be set up from then on. */
  async proveEmail(code: string, options?: Cancellable): Promise<User> {
    return this.#updated("POST", "/email/prove/confirm", { code }, options);
  }

  async forgotPassword(email: string, options: Linking = {}): Promise<void> {
    const body = { email, redirect_to: options.redirectTo };
    await this.#signing.post("/password/forgot", body, options);
  }

  async resetPassword(token: string, password: string, options?: Cancellable): Promise<void> {
    await this.#signing.post("/password/reset", { token, password }, options);
  }

  /** Every other session ends. */
  async changePassword(current: string, password: string, options?: Cancellable): Promise<User> {
    const body = { current_password: current, new_password: password };
    const path = "/password/change";
    return this.#sessions.replace(await this.#signing.ask<SignedIn>("POST", path, body, options));
  }

  /** Sign out here, or with `everywhere` on every device. Nobody is signed in here afterwards,
   * whether or not the server could be reached: but for who signed in meanwhile. */
  async logout({
    everywhere,
    ...options
  }: Cancellable & { everywhere?: boolean } = {}): Promise<void> {
    const { user } = this;
    if (!user) return;
    const path = everywhere ? "/logout-all" : "/logout";
    try {
      await this.#signing.ask("POST", path, undefined, options);
    } catch (error) {
      if (everywhere || !(error instanceof BackendifyError)) throw error;
    } finally {
      if (this.user?.id === user.id) await this.setSession(null);
    }
  }

  /** A new pair of tokens, once however many ask at the same time; null where nobody is signed in. */
  refresh(): Promise<Session | null> {
    return this.#sessions.refresh();
  }

  /** Take over a session from elsewhere, or end this one here alone. */
  setSession(session: Session | null): Promise<void> {
    return this.#sessions.set(session);
  }

  async #updated(
    method: string,
    path: string,
    body?: unknown,
    options?: Cancellable,
  ): Promise<User> {
    return this.#sessions.update(await this.#signing.ask<User>(method, path, body, options));
  }
}

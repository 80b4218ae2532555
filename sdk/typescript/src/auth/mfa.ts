/** The second factor: codes of an authenticator app. */
import type { Cancellable } from "../reads.js";
import type { User } from "./session.js";
import type { Signing } from "./signing.js";

/** Shown this once; `otpauth_url` is for a QR code. */
export interface MfaSetup {
  secret: string;
  otpauth_url: string;
  recovery_codes: string[];
}

/** That it is still you. */
export type Proof = { password: string } | { code: string };

export class Mfa {
  readonly #signing: Signing;

  /** @internal */
  constructor(signing: Signing) {
    this.#signing = signing;
  }

  async status(options?: Cancellable): Promise<{ enabled: boolean; recovery_codes_left: number }> {
    return this.#signing.ask("GET", "/mfa", undefined, options);
  }

  /** A secret for the authenticator app: in force once `confirm` has seen a code of it. The address
   * has to be proved before (`auth.sendEmailProof`). */
  async setup(options?: Cancellable): Promise<MfaSetup> {
    return this.#signing.ask("POST", "/mfa", { type: "totp" }, options);
  }

  async confirm(code: string, options?: Cancellable): Promise<void> {
    await this.#signing.ask("POST", "/mfa/confirm", { code }, options);
  }

  /** Finish a sign-in with a code of the app, or a recovery code. */
  async verify(mfaToken: string, code: string, options?: Cancellable): Promise<User> {
    return this.#signing.verify(mfaToken, { code }, options);
  }

  /** New recovery codes; the old ones are void. */
  async renewRecoveryCodes(proof: Proof, options?: Cancellable): Promise<string[]> {
    const path = "/mfa/recovery-codes";
    const asked = this.#signing.ask<{ recovery_codes: string[] }>("POST", path, proof, options);
    return (await asked).recovery_codes;
  }

  /** Do without. */
  async remove(proof: Proof, options?: Cancellable): Promise<void> {
    await this.#signing.ask("DELETE", "/mfa", proof, options);
  }
}

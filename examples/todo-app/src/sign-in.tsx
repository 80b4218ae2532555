import { BackendifyError, type SignIn as Outcome } from "@backendify/client";
import { type FormEvent, useState } from "react";

import { client } from "./client";
import { Mark } from "./icons";

type Way = "login" | "register";

/** Sign in or up; where the account has a second factor, its code is asked for next. */
export function SignIn() {
  const [way, setWay] = useState<Way>("login");
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);

  async function attempt(work: () => Promise<Outcome | null>): Promise<void> {
    setBusy(true);
    setError(null);
    try {
      setOutcome(await work());
    } catch (refused) {
      if (!(refused instanceof BackendifyError)) throw refused;
      setError(refused.errors[0]?.message ?? refused.detail);
    } finally {
      setBusy(false);
    }
  }

  return (
    <main className="page narrow">
      <div className="card">
        <Mark />
        <h1>{way === "login" ? "Welcome back" : "Begin your list"}</h1>
        <p className="muted">
          {way === "login" ? "Sign in to see your todos." : "An address and a password will do."}
        </p>
        {outcome?.status === "mfa_required" ? (
          <CodeForm
            busy={busy}
            onCode={(code) => attempt(() => outcome.verify(code).then(() => null))}
          />
        ) : outcome?.status === "verification_required" ? (
          <p role="status">A mail is on its way. Follow its link, then sign in.</p>
        ) : (
          <Credentials
            key={way}
            way={way}
            busy={busy}
            onGiven={(data) => attempt(() => client.auth[way](data))}
          />
        )}
        {error && (
          <p className="error" role="alert">
            {error}
          </p>
        )}
        <p className="muted switch">
          {way === "login" ? "New here?" : "You have an account?"}{" "}
          <button
            type="button"
            className="link"
            onClick={() => {
              setWay(way === "login" ? "register" : "login");
              setOutcome(null);
              setError(null);
            }}
          >
            {way === "login" ? "Create an account" : "Sign in"}
          </button>
        </p>
      </div>
    </main>
  );
}

interface CredentialsProps {
  way: Way;
  busy: boolean;
  onGiven: (data: { email: string; password: string }) => void;
}

function Credentials({ way, busy, onGiven }: CredentialsProps) {
  function submit(event: FormEvent<HTMLFormElement>): void {
    event.preventDefault();
    const given = new FormData(event.currentTarget);
    onGiven({ email: String(given.get("email")), password: String(given.get("password")) });
  }
  return (
    <form onSubmit={submit}>
      <label>
        E-mail
        <input name="email" type="email" autoComplete="email" required autoFocus />
      </label>
      <label>
        Password
        <input
          name="password"
          type="password"
          autoComplete={way === "login" ? "current-password" : "new-password"}
          minLength={way === "login" ? undefined : 8}
          required
        />
      </label>
      <button className="primary" disabled={busy}>
        {way === "login" ? "Sign in" : "Create account"}
      </button>
    </form>
  );
}

function CodeForm({ busy, onCode }: { busy: boolean; onCode: (code: string) => void }) {
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        onCode(String(new FormData(event.currentTarget).get("code")).trim());
      }}
    >
      <label>
        Code of your authenticator app
        <input name="code" autoComplete="one-time-code" required autoFocus />
      </label>
      <button className="primary" disabled={busy}>
        Continue
      </button>
    </form>
  );
}

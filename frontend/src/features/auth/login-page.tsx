import { useSuspenseQuery } from "@tanstack/react-query";
import { Link, useRouter } from "@tanstack/react-router";
import { KeyRoundIcon } from "lucide-react";
import { useState } from "react";

import { AuthLayout } from "@/components/auth-layout";
import { ErrorPanel } from "@/components/error-panel";
import { TextField } from "@/components/form/field";
import { Form, SubmitButton } from "@/components/form/form";
import { useApiForm } from "@/components/form/use-api-form";
import { Button } from "@/components/ui/button";
import { logIn, logInWithPasskey } from "@/features/auth/api";
import { SecondFactor } from "@/features/auth/components/second-factor";
import { loginRoute } from "@/features/auth/routes";
import { loginSchema } from "@/features/auth/schemas";
import { strings } from "@/features/auth/strings";
import { startQuery } from "@/routing/start";

export function LoginPage() {
  const { next } = loginRoute.useSearch();
  const [mfaToken, setMfaToken] = useState<string | null>(null);
  const router = useRouter();

  function enter() {
    router.history.push(next ?? "/projects");
  }

  if (mfaToken !== null) {
    return <SecondFactor mfaToken={mfaToken} onDone={enter} onBack={() => setMfaToken(null)} />;
  }
  return (
    <AuthLayout title={strings.signInTo}>
      <PasswordForm onDone={enter} onSecondFactor={setMfaToken} />
      <Divider />
      <PasskeyButton onDone={enter} />
      <RegisterHint />
    </AuthLayout>
  );
}

function PasswordForm({
  onDone,
  onSecondFactor,
}: {
  onDone: () => void;
  onSecondFactor: (mfaToken: string) => void;
}) {
  const form = useApiForm({
    schema: loginSchema,
    defaultValues: { email: "", password: "" },
    onSubmit: async (values) => {
      const waiting = await logIn(values);
      if (waiting) onSecondFactor(waiting.mfa_token);
      else onDone();
    },
  });
  return (
    <Form {...form}>
      <TextField
        name="email"
        label={strings.email}
        type="email"
        autoComplete="username webauthn"
        autoFocus
      />
      <TextField
        name="password"
        label={strings.password}
        type="password"
        autoComplete="current-password"
      />
      <SubmitButton size="lg">{strings.signIn}</SubmitButton>
      <a
        href="/forgot-password"
        className="justify-self-center text-sm text-muted-foreground underline-offset-4 hover:text-foreground hover:underline"
      >
        {strings.forgot}
      </a>
    </Form>
  );
}

function Divider() {
  return (
    <div className="my-4 flex items-center gap-3 text-xs text-muted-foreground">
      <span className="h-px flex-1 bg-border" />
      {strings.or}
      <span className="h-px flex-1 bg-border" />
    </div>
  );
}

function PasskeyButton({ onDone }: { onDone: () => void }) {
  const [error, setError] = useState<unknown>(null);

  async function enter() {
    setError(null);
    try {
      await logInWithPasskey();
      onDone();
    } catch (caught) {
      setError(caught);
    }
  }

  return (
    <>
      <Button variant="outline" size="lg" className="w-full" onClick={() => void enter()}>
        <KeyRoundIcon />
        {strings.withPasskey}
      </Button>
      {error !== null && <ErrorPanel error={error} className="mt-4" />}
    </>
  );
}

function RegisterHint() {
  const { data: start } = useSuspenseQuery(startQuery);
  if (!start.allows_registration) return null;
  return (
    <p className="mt-4 text-center text-sm text-muted-foreground">
      {strings.noAccount}{" "}
      <Link to="/register" className="text-primary underline underline-offset-4">
        {strings.register}
      </Link>
    </p>
  );
}

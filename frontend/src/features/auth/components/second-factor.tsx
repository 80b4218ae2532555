import { useState } from "react";

import { AuthLayout } from "@/components/auth-layout";
import { ErrorPanel } from "@/components/error-panel";
import { TextField } from "@/components/form/field";
import { Form, SubmitButton } from "@/components/form/form";
import { useApiForm } from "@/components/form/use-api-form";
import { Button } from "@/components/ui/button";
import { verifyCode, verifyPasskey } from "@/features/auth/api";
import { codeSchema } from "@/features/auth/schemas";
import { strings } from "@/features/auth/strings";

export function SecondFactor({
  mfaToken,
  onDone,
  onBack,
}: {
  mfaToken: string;
  onDone: () => void;
  onBack: () => void;
}) {
  const [isRecovery, setRecovery] = useState(false);
  const [passkeyError, setPasskeyError] = useState<unknown>(null);
  const form = useApiForm({
    schema: codeSchema,
    defaultValues: { code: "" },
    onSubmit: async ({ code }) => {
      await verifyCode(mfaToken, code);
      onDone();
    },
  });

  async function enterByPasskey() {
    setPasskeyError(null);
    try {
      await verifyPasskey(mfaToken);
      onDone();
    } catch (caught) {
      setPasskeyError(caught);
    }
  }

  return (
    <AuthLayout
      title={strings.secondFactor}
      about={isRecovery ? strings.recoveryAbout : strings.secondFactorAbout}
    >
      <Form {...form}>
        <TextField
          key={String(isRecovery)}
          name="code"
          label={isRecovery ? strings.recoveryCode : strings.code}
          inputMode={isRecovery ? "text" : "numeric"}
          autoComplete="one-time-code"
          autoFocus
        />
        <SubmitButton size="lg">{strings.verify}</SubmitButton>
      </Form>
      <div className="mt-4 grid justify-items-center gap-2">
        <Button variant="link" onClick={() => setRecovery(!isRecovery)}>
          {isRecovery ? strings.useApp : strings.useRecovery}
        </Button>
        <Button variant="link" onClick={() => void enterByPasskey()}>
          {strings.usePasskey}
        </Button>
        <Button variant="link" className="text-muted-foreground" onClick={onBack}>
          {strings.back}
        </Button>
      </div>
      {passkeyError !== null && <ErrorPanel error={passkeyError} className="mt-4" />}
    </AuthLayout>
  );
}

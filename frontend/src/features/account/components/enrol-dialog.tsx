import { useQuery } from "@tanstack/react-query";
import qrcode from "qrcode-generator";
import { toast } from "sonner";
import { z } from "zod";

import { CopyButton } from "@/components/copy-button";
import { ErrorPanel } from "@/components/error-panel";
import { TextField } from "@/components/form/field";
import { Form, SubmitButton } from "@/components/form/form";
import { useApiForm } from "@/components/form/use-api-form";
import { TitledDialog } from "@/components/titled-dialog";
import { Skeleton } from "@/components/ui/skeleton";
import { beginMfa, confirmMfa, type Enrolment } from "@/features/account/api";
import { RecoveryCodes } from "@/features/account/components/recovery-codes";
import { strings } from "@/features/account/strings";

const schema = z.object({ code: z.string().trim().min(6, strings.needed) });

export function EnrolDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
  const { data: enrolment, error } = useQuery({
    queryKey: ["account", "enrolment"],
    queryFn: beginMfa,
    enabled: open,
    staleTime: Infinity,
    gcTime: 0,
  });
  return (
    <TitledDialog title={strings.mfa} about={strings.scan} isOpen={open} onClose={onClose}>
      {error && <ErrorPanel error={error} />}
      {!enrolment && !error && <Skeleton className="h-72" />}
      {enrolment && <Enrol enrolment={enrolment} onDone={onClose} />}
    </TitledDialog>
  );
}

function Enrol({ enrolment, onDone }: { enrolment: Enrolment; onDone: () => void }) {
  const form = useApiForm({
    schema,
    defaultValues: { code: "" },
    onSubmit: async ({ code }) => {
      await confirmMfa(code);
      toast.success(strings.turnedOn);
      onDone();
    },
  });
  return (
    <>
      <QrCode text={enrolment.otpauth_url} />
      <p className="flex items-center gap-2 text-sm">
        <span className="text-muted-foreground">{strings.secret}</span>
        <code className="min-w-0 flex-1 font-mono text-xs break-all">{enrolment.secret}</code>
        <CopyButton text={enrolment.secret} label={strings.copySecret} />
      </p>
      <RecoveryCodes codes={enrolment.recovery_codes} />
      <Form {...form}>
        <TextField
          name="code"
          label={strings.code}
          inputMode="numeric"
          autoComplete="one-time-code"
        />
        <SubmitButton>{strings.turnOn}</SubmitButton>
      </Form>
    </>
  );
}

/** Dark on light in either theme: not every app reads the other way round. */
function QrCode({ text }: { text: string }) {
  const code = qrcode(0, "M");
  code.addData(text);
  code.make();
  const size = code.getModuleCount();
  const dark = [];
  for (let row = 0; row < size; row += 1) {
    for (let column = 0; column < size; column += 1) {
      if (code.isDark(row, column)) dark.push(`M${column} ${row}h1v1h-1z`);
    }
  }
  return (
    <svg
      viewBox={`-2 -2 ${size + 4} ${size + 4}`}
      role="img"
      aria-label="QR"
      shapeRendering="crispEdges"
      className="mx-auto size-44 rounded-lg border bg-white"
    >
      <path d={dark.join("")} fill="#000" />
    </svg>
  );
}

import { CopyButton } from "@/components/copy-button";
import { strings } from "@/features/account/strings";

export function RecoveryCodes({ codes }: { codes: string[] }) {
  return (
    <div>
      <div className="flex items-center justify-between gap-2">
        <p className="text-sm text-muted-foreground">{strings.recoveryAbout}</p>
        <CopyButton text={codes.join("\n")} label={strings.copyCodes} />
      </div>
      <ul className="mt-2 grid grid-cols-2 gap-x-4 gap-y-1 rounded-lg border bg-muted/50 p-3 font-mono text-sm">
        {codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ul>
    </div>
  );
}

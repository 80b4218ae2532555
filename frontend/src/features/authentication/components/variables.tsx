import { CopyButton } from "@/components/copy-button";
import type { MailKind } from "@/features/authentication/api";
import { strings } from "@/features/authentication/strings";

/** What a template may name, each with a sample. */
export function Variables({ variables }: { variables: MailKind["variables"] }) {
  return (
    <div className="grid gap-1">
      <h2 className="text-sm font-medium">{strings.variables}</h2>
      <ul className="divide-y rounded-lg border">
        {variables.map(({ name, sample }) => {
          const spelled = `{{ ${name} }}`;
          return (
            <li key={name} className="flex items-center gap-3 py-0.5 pr-1 pl-3 text-xs">
              <code className="shrink-0 font-mono">{spelled}</code>
              <span className="min-w-0 flex-1 truncate text-muted-foreground">{sample}</span>
              <CopyButton text={spelled} label={strings.copyVariable(name)} />
            </li>
          );
        })}
      </ul>
    </div>
  );
}

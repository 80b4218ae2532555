import type { AuditEntry } from "@/features/audit/api";
import { changedFields } from "@/features/audit/changed-fields";
import { strings } from "@/features/audit/strings";

/** The fields that changed, before and after. */
export function Diff({ entry }: { entry: AuditEntry }) {
  const fields = changedFields(entry);
  if (fields.length === 0) {
    return <p className="text-sm text-muted-foreground">{strings.noDiff}</p>;
  }
  return (
    <dl className="grid gap-x-4 gap-y-1.5 text-sm sm:grid-cols-[minmax(6rem,auto)_1fr]">
      {fields.map(({ name, before, after }) => (
        <div key={name} className="contents">
          <dt className="truncate text-muted-foreground">{name}</dt>
          <dd className="flex min-w-0 flex-wrap gap-x-2 font-mono text-xs leading-5">
            {before !== undefined && (
              <del className="rounded bg-destructive/8 px-1 break-all text-destructive">
                {written(before)}
              </del>
            )}
            {after !== undefined && (
              <ins className="rounded bg-success/8 px-1 break-all text-success no-underline">
                {written(after)}
              </ins>
            )}
          </dd>
        </div>
      ))}
    </dl>
  );
}

function written(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

import { CopyButton } from "@/components/copy-button";
import { cn } from "@/lib/cn";

/** A value as JSON, or a text that may be JSON, to be read and copied. */
export function JsonBlock({
  value,
  label,
  className,
}: {
  value: unknown;
  label: string;
  className?: string;
}) {
  const text = typeof value === "string" ? reformatted(value) : JSON.stringify(value, null, 2);
  return (
    <div className="relative min-w-0">
      <pre
        tabIndex={0}
        aria-label={label}
        role="region"
        className={cn(
          "max-h-72 overflow-auto rounded-lg border bg-muted/50 p-3 pr-10 font-mono text-xs leading-5",
          className,
        )}
      >
        {text}
      </pre>
      <CopyButton text={text} label={`Copy: ${label}`} className="absolute top-1 right-1" />
    </div>
  );
}

function reformatted(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

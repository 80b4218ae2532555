import { useState } from "react";

import { JsonEditor } from "@/components/json-editor/json-editor";
import { strings } from "@/features/workflows/strings";
import { cn } from "@/lib/cn";

/** A value as JSON. What is no JSON yet stays here, and the value is the one before. */
export function JsonInput({
  label,
  value,
  error,
  onChange,
}: {
  label: string;
  value: unknown;
  error?: string;
  onChange: (value: unknown) => void;
}) {
  const [text, setText] = useState(() =>
    value === undefined ? "" : JSON.stringify(value, null, 2),
  );
  const isJson = text.trim() === "" || read(text) !== undefined;

  function write(next: string) {
    setText(next);
    const found = read(next);
    if (next.trim() === "") onChange(undefined);
    else if (found !== undefined) onChange(found);
  }

  const says = isJson ? error : strings.notJson;
  return (
    <div className="grid gap-1.5">
      <JsonEditor label={label} text={text} onChange={write} lines={4} />
      {says && <p className={cn("text-xs text-destructive")}>{says}</p>}
    </div>
  );
}

function read(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

import { CheckIcon, XIcon } from "lucide-react";
import type { ReactNode } from "react";

import { Badge } from "@/components/ui/badge";
import { strings } from "@/features/data/strings";
import type { Field } from "@/lib/collections";
import { formatMoment } from "@/lib/format";

const LONGEST = 300;

/** How a field's value looks where it is text. */
export function textClassOf({ type }: Field): string {
  if (type === "int" || type === "float" || type === "decimal") {
    return "text-right font-mono text-xs tabular-nums";
  }
  if (type === "datetime") return "tabular-nums";
  const isCode = type === "uuid" || type === "json" || type.startsWith("array");
  return isCode ? "font-mono text-xs text-muted-foreground" : "";
}

/** Text where text will do: it needs no element of its own. */
export function shownCell(field: Field, value: unknown): ReactNode {
  if (value === null || value === undefined) {
    return <span className="text-xs text-muted-foreground">{strings.null}</span>;
  }
  if (typeof value === "boolean") {
    return value ? (
      <CheckIcon className="size-4 text-success" aria-label={strings.yes} />
    ) : (
      <XIcon className="size-4 text-muted-foreground" aria-label={strings.no} />
    );
  }
  if (field.type === "enum") return <Badge variant="secondary">{String(value)}</Badge>;
  if (field.type === "datetime") return formatMoment(String(value));
  return (typeof value === "object" ? JSON.stringify(value) : String(value)).slice(0, LONGEST);
}

/** A value by itself, outside of a grid. */
export function Cell({ field, value }: { field: Field; value: unknown }) {
  const content = shownCell(field, value);
  if (typeof content !== "string") return content;
  return <span className={`truncate ${textClassOf(field)}`}>{content}</span>;
}

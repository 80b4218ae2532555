import { TriangleAlertIcon } from "lucide-react";

import { Alert } from "@/components/ui/alert";
import { type Definition, parsePath, stepAt } from "@/features/workflows/definition";
import type { Fault } from "@/features/workflows/faults";
import { strings } from "@/features/workflows/strings";

/** What will fail as things stand, each leading to its step. */
export function Warnings({
  definition,
  warnings,
  onSelect,
}: {
  definition: Definition;
  warnings: readonly Fault[];
  onSelect: (place: string) => void;
}) {
  if (warnings.length === 0) return null;

  function nameOf(place: string): string {
    const path = parsePath(place);
    return (path && stepAt(definition.steps, path)?.id) ?? strings.settings;
  }

  return (
    <Alert tone="warning" className="m-4 mb-0">
      <h2 className="flex items-center gap-2 text-sm font-medium">
        <TriangleAlertIcon aria-hidden className="size-4" />
        {strings.warningsTitle}
      </h2>
      <ul className="mt-1 grid gap-1">
        {warnings.map((warning) => (
          <li key={warning.place + warning.member + warning.message}>
            <button
              type="button"
              className="font-mono text-xs underline underline-offset-4"
              onClick={() => onSelect(warning.place)}
            >
              {nameOf(warning.place)}
            </button>{" "}
            {warning.message} {warning.hint}
          </li>
        ))}
      </ul>
    </Alert>
  );
}

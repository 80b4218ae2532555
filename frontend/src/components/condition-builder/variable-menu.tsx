import { BracesIcon, XIcon } from "lucide-react";

import type { Variable } from "@/components/condition-builder/conditions";
import { Button } from "@/components/ui/button";
import {
  DropdownMenu,
  DropdownMenuContent,
  DropdownMenuItem,
  DropdownMenuTrigger,
} from "@/components/ui/dropdown-menu";

/** The variables that may stand for a value. */
export function VariableMenu({
  variables,
  onChoose,
}: {
  variables: readonly Variable[];
  onChoose: (name: string) => void;
}) {
  return (
    <DropdownMenu>
      <DropdownMenuTrigger asChild>
        <Button
          variant="ghost"
          size="icon-sm"
          aria-label="Use a variable"
          title="Use a variable, such as $user.id"
          className="text-muted-foreground"
        >
          <BracesIcon />
        </Button>
      </DropdownMenuTrigger>
      <DropdownMenuContent align="end" className="max-h-72">
        {variables.map(({ name, label }) => (
          <DropdownMenuItem key={name} onSelect={() => onChoose(name)}>
            <code className="font-mono text-xs">{name}</code>
            <span className="ml-auto pl-4 text-xs text-muted-foreground">{label}</span>
          </DropdownMenuItem>
        ))}
      </DropdownMenuContent>
    </DropdownMenu>
  );
}

export function VariableChip({
  name,
  label,
  onRemove,
}: {
  name: string;
  label?: string;
  onRemove: () => void;
}) {
  return (
    <span className="flex h-8 min-w-24 flex-1 items-center gap-2 rounded-md border border-primary/25 bg-primary/8 pr-1 pl-2.5">
      <code className="min-w-0 truncate font-mono text-xs text-primary">{name}</code>
      {label && (
        <span className="truncate text-xs text-muted-foreground max-sm:hidden">{label}</span>
      )}
      <Button
        variant="ghost"
        size="icon-sm"
        className="ml-auto size-6"
        aria-label={`Use no variable instead of ${name}`}
        onClick={onRemove}
      >
        <XIcon />
      </Button>
    </span>
  );
}

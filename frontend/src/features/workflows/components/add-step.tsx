import { useSuspenseQuery } from "@tanstack/react-query";
import { PlusIcon } from "lucide-react";

import {
  DropdownMenu,
  DropdownMenuContent,
  DropdownMenuItem,
  DropdownMenuTrigger,
} from "@/components/ui/dropdown-menu";
import { actionsQuery } from "@/features/workflows/api";
import { ActionIcon } from "@/features/workflows/components/action-icon";
import { actionName } from "@/features/workflows/summaries";
import { cn } from "@/lib/cn";
import { useProject } from "@/routing/use-project";

/** A plus, and the actions that the API offers. */
export function AddStep({
  label,
  className,
  onAdd,
}: {
  label: string;
  className?: string;
  onAdd: (action: string) => void;
}) {
  const project = useProject();
  const { data: actions } = useSuspenseQuery(actionsQuery(project.slug));
  return (
    <DropdownMenu>
      <DropdownMenuTrigger asChild>
        <button
          type="button"
          aria-label={label}
          title={label}
          onClick={(event) => event.stopPropagation()}
          className={cn(
            "nodrag nopan z-10 flex size-6 items-center justify-center rounded-full border bg-card text-muted-foreground shadow-xs hover:border-primary hover:text-primary",
            className,
          )}
        >
          <PlusIcon className="size-3.5" />
        </button>
      </DropdownMenuTrigger>
      <DropdownMenuContent className="max-h-80 w-64 overflow-y-auto">
        {actions.map((action) => (
          <DropdownMenuItem
            key={action.name}
            onClick={(event) => event.stopPropagation()}
            onSelect={() => onAdd(action.name)}
          >
            <ActionIcon name={action.name} />
            <span className="min-w-0 flex-1 truncate" title={action.description}>
              {actionName(action.name)}
            </span>
          </DropdownMenuItem>
        ))}
      </DropdownMenuContent>
    </DropdownMenu>
  );
}

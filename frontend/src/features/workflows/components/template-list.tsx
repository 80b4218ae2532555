import { Link } from "@tanstack/react-router";

import { ActionIcon } from "@/features/workflows/components/action-icon";
import { strings } from "@/features/workflows/strings";
import { TEMPLATE_NAMES, templateOf } from "@/features/workflows/templates";

/** What a new workflow can begin as. */
export function TemplateList({ project }: { project: string }) {
  return (
    <ul className="grid gap-3 sm:grid-cols-2 lg:grid-cols-4">
      {TEMPLATE_NAMES.map((name) => (
        <li key={name}>
          <Link
            to="/projects/$project/workflows/new"
            params={{ project }}
            search={{ template: name }}
            className="flex h-full gap-3 rounded-xl border bg-card p-4 transition-colors hover:border-input hover:bg-accent/40"
          >
            <ActionIcon
              name={templateOf(name, undefined).trigger.type}
              className="mt-0.5 size-4 shrink-0 text-primary"
            />
            <span className="min-w-0">
              <span className="block text-sm font-medium">{strings.templates[name].name}</span>
              <span className="mt-0.5 block text-xs text-muted-foreground">
                {strings.templates[name].about}
              </span>
            </span>
          </Link>
        </li>
      ))}
    </ul>
  );
}

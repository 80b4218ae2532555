import { EyeIcon, ListIcon, type LucideIcon, PencilIcon, PlusIcon, Trash2Icon } from "lucide-react";

import { type Action, ACTIONS } from "@/features/policies/api";
import { strings } from "@/features/policies/strings";

export const ACTION_ICONS: Record<Action, LucideIcon> = {
  list: ListIcon,
  read: EyeIcon,
  create: PlusIcon,
  update: PencilIcon,
  delete: Trash2Icon,
};

/** The actions of a policy, each by its icon. */
export function ActionIcons({ actions }: { actions: readonly string[] }) {
  const isAll = ACTIONS.every((action) => actions.includes(action));
  const words = isAll
    ? strings.everyAction
    : ACTIONS.filter((action) => actions.includes(action)).join(", ");
  return (
    <span className="inline-flex items-center gap-1" title={words}>
      <span className="sr-only">{words}</span>
      {ACTIONS.map((action) => {
        const Icon = ACTION_ICONS[action];
        const tone = actions.includes(action) ? "text-foreground" : "text-muted-foreground/25";
        return <Icon key={action} aria-hidden className={`size-3.5 ${tone}`} />;
      })}
    </span>
  );
}

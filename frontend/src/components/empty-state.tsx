import type { LucideIcon } from "lucide-react";
import type { ReactNode } from "react";

import { cn } from "@/lib/cn";

export function EmptyState({
  icon: Icon,
  title,
  children,
  action,
  className,
}: {
  icon: LucideIcon;
  title: string;
  children?: ReactNode;
  action?: ReactNode;
  className?: string;
}) {
  return (
    <div
      data-slot="empty-state"
      className={cn("flex flex-col items-center px-6 py-14 text-center", className)}
    >
      <span className="mb-4 flex size-10 items-center justify-center rounded-lg border bg-card text-muted-foreground shadow-xs">
        <Icon className="size-5" />
      </span>
      <h2 className="text-base font-medium">{title}</h2>
      {children && (
        <div className="mt-1 max-w-sm text-sm text-balance text-muted-foreground">{children}</div>
      )}
      {action && <div className="mt-5 flex gap-2">{action}</div>}
    </div>
  );
}

import type { ReactNode } from "react";

import type { Access } from "@/features/policies/api";
import { cn } from "@/lib/cn";

const LOOKS = {
  all: "border-primary bg-primary text-primary-foreground",
  some: "access-some border-primary/45 text-primary",
  none: "border-dashed border-border text-muted-foreground/60",
};

/** Full, half or empty: how much of an action is allowed. */
export function AccessMark({
  allowed,
  isPartial = false,
  children,
  className,
}: {
  allowed: Access["allowed"];
  /** Not every field: told by a notch. */
  isPartial?: boolean;
  children?: ReactNode;
  className?: string;
}) {
  return (
    <span
      className={cn(
        "relative inline-flex size-6 shrink-0 items-center justify-center overflow-hidden rounded-[5px] border [&_svg]:size-3.5",
        LOOKS[allowed],
        className,
      )}
    >
      {children}
      {isPartial && allowed !== "none" && (
        <span
          aria-hidden
          className="absolute right-0 bottom-0 border-[4px] border-transparent border-r-warning border-b-warning"
        />
      )}
    </span>
  );
}

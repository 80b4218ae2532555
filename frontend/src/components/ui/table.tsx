import type { ComponentProps } from "react";

import { cn } from "@/lib/cn";

/** For a handful of rows; many rows go into `data-table`. */
export function Table({ className, ...props }: ComponentProps<"table">) {
  return (
    <div
      data-slot="table-container"
      tabIndex={0}
      role="region"
      aria-label={props["aria-label"]}
      className="relative overflow-x-auto" // what is for screen readers alone stays within
    >
      <table data-slot="table" className={cn("w-full text-sm", className)} {...props} />
    </div>
  );
}

export function TableHead({ className, ...props }: ComponentProps<"th">) {
  return (
    <th
      data-slot="table-head"
      scope="col"
      className={cn(
        "h-8 border-b px-3 text-left text-xs font-medium whitespace-nowrap text-muted-foreground",
        className,
      )}
      {...props}
    />
  );
}

export function TableRow({ className, ...props }: ComponentProps<"tr">) {
  return (
    <tr
      data-slot="table-row"
      className={cn("border-b last:border-b-0 hover:bg-muted/50", className)}
      {...props}
    />
  );
}

export function TableCell({ className, ...props }: ComponentProps<"td">) {
  return (
    <td data-slot="table-cell" className={cn("h-10 px-3 align-middle", className)} {...props} />
  );
}

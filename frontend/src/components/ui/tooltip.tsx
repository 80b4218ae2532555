import { Tooltip as Primitive } from "radix-ui";
import type { ComponentProps, ReactNode } from "react";

import { cn } from "@/lib/cn";

export const TooltipProvider = Primitive.Provider;

export function Tooltip({
  label,
  children,
  className,
  ...props
}: { label: ReactNode; children: ReactNode } & Omit<
  ComponentProps<typeof Primitive.Content>,
  "children"
>) {
  return (
    <Primitive.Root>
      <Primitive.Trigger asChild>{children}</Primitive.Trigger>
      <Primitive.Portal>
        <Primitive.Content
          data-slot="tooltip-content"
          sideOffset={6}
          className={cn(
            "z-50 max-w-64 rounded-md bg-foreground px-2 py-1 text-xs text-background",
            className,
          )}
          {...props}
        >
          {label}
        </Primitive.Content>
      </Primitive.Portal>
    </Primitive.Root>
  );
}

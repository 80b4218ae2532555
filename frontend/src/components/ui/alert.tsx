import type { ComponentProps } from "react";

import { cn } from "@/lib/cn";

const TONES = {
  info: "border-border bg-muted/60",
  warning: "border-warning/30 bg-warning/8",
  destructive: "border-destructive/30 bg-destructive/6",
};

export function Alert({
  className,
  tone = "info",
  ...props
}: ComponentProps<"div"> & { tone?: keyof typeof TONES }) {
  return (
    <div
      data-slot="alert"
      className={cn("grid gap-1 rounded-lg border px-4 py-3 text-sm", TONES[tone], className)}
      {...props}
    />
  );
}

export function AlertTitle({ className, ...props }: ComponentProps<"p">) {
  return <p data-slot="alert-title" className={cn("font-medium", className)} {...props} />;
}

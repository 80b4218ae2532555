import {
  BanIcon,
  CircleCheckIcon,
  CircleDashedIcon,
  CirclePauseIcon,
  CircleXIcon,
  LoaderCircleIcon,
  type LucideIcon,
} from "lucide-react";

import { type Ran, saidOfRun, type Status } from "@/features/workflows/run-steps";
import { cn } from "@/lib/cn";

type Look = { icon: LucideIcon; text: string; frame: string };

const LOOKS: Record<Status, Look> = {
  succeeded: {
    icon: CircleCheckIcon,
    text: "text-success",
    frame: "border-success/60 bg-[color-mix(in_oklab,var(--success)_6%,var(--card))]",
  },
  failed: {
    icon: CircleXIcon,
    text: "text-destructive",
    frame: "border-destructive/70 bg-[color-mix(in_oklab,var(--destructive)_7%,var(--card))]",
  },
  running: { icon: LoaderCircleIcon, text: "text-primary", frame: "border-primary" },
  waiting: { icon: CirclePauseIcon, text: "text-primary", frame: "border-primary border-dashed" },
  cancelled: { icon: BanIcon, text: "text-muted-foreground", frame: "border-input" },
};

const NOT_REACHED: Look = {
  icon: CircleDashedIcon,
  text: "text-muted-foreground",
  frame: "border-dashed bg-background shadow-none",
};

function lookOf(ran: Ran | null): Look {
  return ran ? LOOKS[ran.status] : NOT_REACHED;
}

/** The border and ground of a step by how it fared. */
export function frameOf(ran: Ran | null): string {
  return lookOf(ran).frame;
}

/** The same with a sign and in words: colours alone tell nobody everything. */
export function Outcome({ ran }: { ran: Ran | null }) {
  const { icon: Icon, text } = lookOf(ran);
  return (
    <span className={cn("flex items-center gap-1.5", text)}>
      <Icon
        aria-hidden
        className={cn("size-3.5 shrink-0", ran?.status === "running" && "motion-safe:animate-spin")}
      />
      {saidOfRun(ran)}
    </span>
  );
}

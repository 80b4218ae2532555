import { Badge } from "@/components/ui/badge";
import type { Delivery, Webhook } from "@/features/webhooks/api";
import { strings } from "@/features/webhooks/strings";
import { isAhead } from "@/lib/format";

type State = keyof typeof strings.states;
const TONES = {
  on: "success",
  off: "secondary",
  paused: "warning",
  failing: "warning",
  broken: "destructive",
} as const;

const STATUS_TONES = {
  pending: "default",
  succeeded: "success",
  failed: "warning",
  dead: "destructive",
  skipped: "secondary",
} as const;

/** The worst of what is to be said of it. */
export function stateOf(webhook: Webhook): State {
  if (webhook.broken) return "broken";
  if (!webhook.enabled) return "off";
  if (webhook.paused_until && isAhead(webhook.paused_until)) return "paused";
  return webhook.failures > 1 ? "failing" : "on";
}

export function StateBadge({ webhook }: { webhook: Webhook }) {
  const state = stateOf(webhook);
  return <Badge variant={TONES[state]}>{strings.states[state]}</Badge>;
}

export function StatusBadge({ status }: { status: Delivery["status"] }) {
  return <Badge variant={STATUS_TONES[status]}>{strings.statuses[status]}</Badge>;
}

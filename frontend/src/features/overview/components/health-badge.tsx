import { useQuery } from "@tanstack/react-query";

import { Badge } from "@/components/ui/badge";
import { healthQuery } from "@/features/overview/api";
import { strings } from "@/features/overview/strings";

const TONES = { ok: "success", degraded: "warning", unavailable: "destructive" } as const;

export function HealthBadge() {
  const { data: health } = useQuery(healthQuery);
  if (!health) return <Badge variant="secondary">{strings.healthUnknown}</Badge>;
  const wrong = Object.entries(health.checks).filter(([, said]) => said !== "ok");
  return (
    <Badge
      variant={TONES[health.status]}
      title={wrong.map(([name, said]) => `${name}: ${said}`).join("\n") || undefined}
    >
      <span aria-hidden className="size-1.5 rounded-full bg-current" />
      {strings.health[health.status]}
    </Badge>
  );
}

import { useQuery } from "@tanstack/react-query";

import { Badge } from "@/components/ui/badge";
import { Card, CardContent, CardDescription, CardHeader, CardTitle } from "@/components/ui/card";
import { Skeleton } from "@/components/ui/skeleton";
import { figuresQuery, healthQuery } from "@/features/metrics/api";
import { strings } from "@/features/metrics/strings";
import { formatNumber } from "@/lib/format";

/** What the probes say, and how far the work behind the requests is. */
export function HealthCard() {
  const { data: health } = useQuery(healthQuery);
  const { data: figures = [] } = useQuery(figuresQuery);
  return (
    <Card>
      <CardHeader>
        <CardTitle>{strings.health}</CardTitle>
        <CardDescription>{strings.allMetrics}</CardDescription>
      </CardHeader>
      <CardContent>
        {!health && <Skeleton className="h-24" />}
        <ul className="divide-y text-sm">
          {Object.entries(health?.checks ?? {}).map(([name, said]) => (
            <li key={name} className="flex items-center justify-between gap-3 py-1.5">
              <span className="capitalize">{name.replaceAll("_", " ")}</span>
              <Badge variant={said === "ok" ? "success" : "warning"}>
                {said === "ok" ? strings.well : said}
              </Badge>
            </li>
          ))}
          {figures.map((figure) => (
            <li
              key={figure.name + figure.of}
              className="flex items-center justify-between gap-3 py-1.5 text-muted-foreground"
            >
              <span>
                {strings.lag[figure.name] ?? figure.name}
                {figure.of && ` · ${figure.of}`}
              </span>
              <span className="text-foreground tabular-nums">{formatNumber(figure.value)}</span>
            </li>
          ))}
        </ul>
      </CardContent>
    </Card>
  );
}

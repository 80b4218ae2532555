import { lazy, Suspense } from "react";

import { Skeleton } from "@/components/ui/skeleton";
import { Table, TableCell, TableHead, TableRow } from "@/components/ui/table";
import { formatCount, formatMoment, formatNumber } from "@/lib/format";
import { type RequestSeries, totalsOf } from "@/lib/metrics";

const Chart = lazy(() => import("@/components/request-chart/chart"));

export type Shown = "requests" | "times";
const HEIGHT = 220;

/** Requests, or their times, as a picture; and as a table for those who would rather read. */
export function RequestChart({ series, shown }: { series: RequestSeries; shown: Shown }) {
  const totals = totalsOf(series.data);
  const said = `${formatCount(totals.requests, "request")}, ${formatCount(totals.errors, "error")}`;
  return (
    <div className="grid gap-2">
      <div role="img" aria-label={said} style={{ height: HEIGHT }} className="min-w-0 text-xs">
        <Suspense fallback={<Skeleton className="h-full" />}>
          <Chart series={series} shown={shown} />
        </Suspense>
      </div>
      <details>
        <summary className="cursor-pointer text-xs text-muted-foreground">As a table</summary>
        <div className="mt-2 max-h-72 overflow-y-auto">
          <Points series={series} />
        </div>
      </details>
    </div>
  );
}

function Points({ series }: { series: RequestSeries }) {
  const busy = series.data.filter((point) => point.requests > 0).toReversed();
  return (
    <Table aria-label="Requests over time">
      <thead>
        <tr>
          {["From", "Requests", "4xx", "5xx", "Average", "Slowest"].map((name) => (
            <TableHead key={name}>{name}</TableHead>
          ))}
        </tr>
      </thead>
      <tbody className="tabular-nums">
        {busy.map((point) => (
          <TableRow key={point.at}>
            <TableCell>{formatMoment(point.at)}</TableCell>
            <TableCell>{formatNumber(point.requests)}</TableCell>
            <TableCell>{formatNumber(point.refused)}</TableCell>
            <TableCell>{formatNumber(point.errors)}</TableCell>
            <TableCell>{inMs(point.average_ms)}</TableCell>
            <TableCell>{inMs(point.slowest_ms)}</TableCell>
          </TableRow>
        ))}
      </tbody>
    </Table>
  );
}

function inMs(value: number | null): string {
  return value === null ? "" : `${value.toFixed(1)} ms`;
}

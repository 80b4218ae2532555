import { useQuery } from "@tanstack/react-query";

import { ErrorPanel } from "@/components/error-panel";
import { Card, CardContent, CardDescription, CardHeader, CardTitle } from "@/components/ui/card";
import { Skeleton } from "@/components/ui/skeleton";
import { strings } from "@/features/metrics/strings";
import { formatBytes, formatCount } from "@/lib/format";
import { storageQuery } from "@/lib/metrics";

/** The collections by the room that they take. */
export function StorageCard({ project }: { project: string }) {
  const { data, error, refetch } = useQuery(storageQuery(project));
  const rows = data && [
    ...data.data.map(({ collection, bytes, records }) => ({ name: collection, bytes, records })),
    { name: strings.log, bytes: data.log_bytes, records: null },
  ];
  const most = Math.max(1, ...(rows ?? []).map((row) => row.bytes));
  return (
    <Card>
      <CardHeader>
        <CardTitle>{strings.storage}</CardTitle>
        {data && (
          <span className="text-sm tabular-nums">
            {strings.total(formatBytes(data.total_bytes))}
          </span>
        )}
        <CardDescription>{strings.storageAbout}</CardDescription>
      </CardHeader>
      <CardContent>
        {error && <ErrorPanel error={error} onRetry={() => void refetch()} />}
        {!rows && !error && <Skeleton className="h-40" />}
        <ul className="grid gap-3">
          {rows?.map((row) => (
            <li key={row.name} className="grid gap-1">
              <span className="flex items-baseline gap-2 text-sm">
                <span className="min-w-0 flex-1 truncate">{row.name}</span>
                <span className="text-xs text-muted-foreground tabular-nums">
                  {row.records !== null &&
                    strings.records(formatCount(row.records, strings.recordNoun))}
                </span>
                <span className="w-16 text-right tabular-nums">{formatBytes(row.bytes)}</span>
              </span>
              <span aria-hidden className="h-1.5 overflow-hidden rounded-full bg-muted">
                <span
                  className="block h-full rounded-full bg-chart-1"
                  style={{ width: `${(row.bytes / most) * 100}%` }}
                />
              </span>
            </li>
          ))}
        </ul>
      </CardContent>
    </Card>
  );
}

import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";

import { ErrorPanel } from "@/components/error-panel";
import { RequestChart } from "@/components/request-chart/request-chart";
import { Card, CardContent, CardDescription, CardHeader, CardTitle } from "@/components/ui/card";
import { Skeleton } from "@/components/ui/skeleton";
import { strings } from "@/features/overview/strings";
import { formatBytes, formatNumber } from "@/lib/format";
import { requestsQuery, storageQuery, totalsOf } from "@/lib/metrics";

const HOURS = 24;

/** Requests and errors of the last day, and the room that the project takes. */
export function Traffic({ project }: { project: string }) {
  const { data, error, refetch } = useQuery(requestsQuery(project, HOURS));
  const { data: storage } = useQuery(storageQuery(project));
  const totals = totalsOf(data?.data ?? []);
  return (
    <Card>
      <CardHeader>
        <CardTitle>{strings.traffic}</CardTitle>
        <Link
          to="/projects/$project/metrics"
          params={{ project }}
          className="text-sm text-primary underline-offset-4 hover:underline"
        >
          {strings.all}
        </Link>
        <CardDescription className="tabular-nums">
          {data
            ? strings.trafficAbout(
                formatNumber(totals.requests),
                formatNumber(totals.errors),
                storage ? formatBytes(storage.total_bytes) : "…",
              )
            : strings.trafficLoading}
        </CardDescription>
      </CardHeader>
      <CardContent>
        {error && <ErrorPanel error={error} onRetry={() => void refetch()} />}
        {!data && !error && <Skeleton className="h-[15.5rem]" />}
        {data && <RequestChart series={data} shown="requests" />}
      </CardContent>
    </Card>
  );
}

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { ChartColumnIcon } from "lucide-react";

import { EmptyState } from "@/components/empty-state";
import { ErrorPanel } from "@/components/error-panel";
import { Page } from "@/components/page";
import { RequestChart, type Shown } from "@/components/request-chart/request-chart";
import { Card, CardContent, CardDescription, CardHeader, CardTitle } from "@/components/ui/card";
import {
  Select,
  SelectContent,
  SelectItem,
  SelectTrigger,
  SelectValue,
} from "@/components/ui/select";
import { Skeleton } from "@/components/ui/skeleton";
import { HealthCard } from "@/features/metrics/components/health-card";
import { StorageCard } from "@/features/metrics/components/storage-card";
import { DEFAULT_HOURS, metricsRoute } from "@/features/metrics/routes";
import { strings } from "@/features/metrics/strings";
import { formatNumber } from "@/lib/format";
import { type RequestSeries, requestsQuery, type Totals, totalsOf } from "@/lib/metrics";

export function MetricsPage() {
  const { project } = metricsRoute.useParams();
  const { hours = DEFAULT_HOURS } = metricsRoute.useSearch();
  const { data, error, refetch } = useQuery({
    ...requestsQuery(project, hours),
    placeholderData: keepPreviousData,
  });
  return (
    <Page title={strings.title} description={strings.about} actions={<Range hours={hours} />}>
      <div className="grid grid-cols-1 gap-4">
        {error && <ErrorPanel error={error} onRetry={() => void refetch()} />}
        {!data && !error && <Skeleton className="h-96" />}
        {data && <Requests series={data} />}
        <div className="grid grid-cols-1 items-start gap-4 lg:grid-cols-2">
          <StorageCard project={project} />
          <HealthCard />
        </div>
      </div>
    </Page>
  );
}

function Range({ hours }: { hours: number }) {
  const navigate = useNavigate();

  function choose(next: string) {
    const search = { hours: Number(next) === DEFAULT_HOURS ? undefined : Number(next) };
    void navigate({ from: metricsRoute.fullPath, to: ".", search });
  }

  return (
    <Select value={String(hours)} onValueChange={choose}>
      <SelectTrigger aria-label={strings.range} className="w-36">
        <SelectValue />
      </SelectTrigger>
      <SelectContent>
        {Object.entries(strings.ranges).map(([value, label]) => (
          <SelectItem key={value} value={value}>
            {label}
          </SelectItem>
        ))}
      </SelectContent>
    </Select>
  );
}

function Requests({ series }: { series: RequestSeries }) {
  const totals = totalsOf(series.data);
  return (
    <>
      <Figures totals={totals} />
      <ChartCard shown="requests" series={series} isEmpty={totals.requests === 0} />
      <ChartCard shown="times" series={series} isEmpty={totals.requests === 0} />
    </>
  );
}

function Figures({ totals }: { totals: Totals }) {
  const ms = (value: number | null) => (value === null ? "–" : strings.ms(value.toFixed(1)));
  const figures = [
    [strings.requests, formatNumber(totals.requests)],
    [strings.refused, formatNumber(totals.refused)],
    [strings.errors, formatNumber(totals.errors)],
    [strings.average, ms(totals.averageMs)],
    [strings.slowest, ms(totals.slowestMs)],
  ];
  return (
    <Card className="grid grid-cols-1 gap-px overflow-hidden bg-border sm:grid-cols-5">
      {figures.map(([name, value]) => (
        <div
          key={name}
          className="flex items-baseline justify-between gap-2 bg-card px-5 py-3 sm:block sm:py-4"
        >
          <p className="text-xs text-muted-foreground">{name}</p>
          <p className="text-xl font-semibold tabular-nums sm:mt-0.5">{value}</p>
        </div>
      ))}
    </Card>
  );
}

function ChartCard({
  shown,
  series,
  isEmpty,
}: {
  shown: Shown;
  series: RequestSeries;
  isEmpty: boolean;
}) {
  const about = shown === "requests" ? strings.requestsAbout : strings.timesAbout;
  return (
    <Card>
      <CardHeader>
        <CardTitle>{strings[shown]}</CardTitle>
        <CardDescription>{about}</CardDescription>
      </CardHeader>
      <CardContent>
        {isEmpty ? (
          <EmptyState icon={ChartColumnIcon} title={strings.noneTitle} />
        ) : (
          <RequestChart series={series} shown={shown} />
        )}
      </CardContent>
    </Card>
  );
}

import { useQuery } from "@tanstack/react-query";
import { RefreshCwIcon, ShieldCheckIcon, TriangleAlertIcon } from "lucide-react";

import { EmptyState } from "@/components/empty-state";
import { ErrorPanel } from "@/components/error-panel";
import { Alert, AlertTitle } from "@/components/ui/alert";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Skeleton } from "@/components/ui/skeleton";
import { Table, TableCell, TableHead, TableRow } from "@/components/ui/table";
import { type Difference, driftQuery } from "@/features/history/api";
import { strings } from "@/features/history/strings";

/** Whether the tables are what was recorded. */
export function Drift({ project }: { project: string }) {
  const { data: drift, error, refetch, isFetching } = useQuery(driftQuery(project));
  if (error) return <ErrorPanel error={error} onRetry={() => void refetch()} />;
  if (!drift) return <Skeleton className="h-32" />;
  const again = (
    <Button variant="outline" aria-disabled={isFetching} onClick={() => void refetch()}>
      <RefreshCwIcon className={isFetching ? "animate-spin" : undefined} />
      {strings.driftCheck}
    </Button>
  );
  if (drift.in_sync) {
    return (
      <Card>
        <EmptyState icon={ShieldCheckIcon} title={strings.driftNone} action={again}>
          <p>{strings.driftNoneAbout}</p>
        </EmptyState>
      </Card>
    );
  }
  return (
    <div className="grid gap-4">
      <Alert tone="warning" className="grid-cols-[auto_1fr_auto] items-center gap-3">
        <TriangleAlertIcon className="size-4 text-warning" />
        <div>
          <AlertTitle>{strings.driftFound(drift.differences.length)}</AlertTitle>
          <p className="text-muted-foreground">{strings.driftFoundAbout}</p>
        </div>
        {again}
      </Alert>
      <Card className="overflow-hidden">
        <Differences differences={drift.differences} />
      </Card>
    </div>
  );
}

function Differences({ differences }: { differences: Difference[] }) {
  return (
    <Table aria-label={strings.tabs.drift}>
      <thead>
        <tr>
          <TableHead>{strings.driftObject}</TableHead>
          <TableHead>{strings.driftKind}</TableHead>
          <TableHead>{strings.driftExpected}</TableHead>
          <TableHead>{strings.driftActual}</TableHead>
        </tr>
      </thead>
      <tbody>
        {differences.map((each, index) => (
          <TableRow key={index}>
            <TableCell className="font-mono text-sm">{each.object}</TableCell>
            <TableCell>{each.kind}</TableCell>
            <TableCell className="font-mono text-xs">{each.expected ?? strings.missing}</TableCell>
            <TableCell className="font-mono text-xs">{each.actual ?? strings.missing}</TableCell>
          </TableRow>
        ))}
      </tbody>
    </Table>
  );
}

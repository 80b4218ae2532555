import { useQuery } from "@tanstack/react-query";
import { toast } from "sonner";

import { ErrorPanel } from "@/components/error-panel";
import { JsonBlock } from "@/components/json-block";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Skeleton } from "@/components/ui/skeleton";
import { type Version, versionsQuery, type Workflow } from "@/features/workflows/api";
import type { Definition } from "@/features/workflows/definition";
import { strings } from "@/features/workflows/strings";
import { formatAgo, formatMoment } from "@/lib/format";

type Back = (change: Partial<Definition>) => void;

/** What its runs went by, the newest first. */
export function Versions({
  project,
  workflow,
  onBringBack,
}: {
  project: string;
  workflow: Workflow;
  /** Missing where it is only looked at. */
  onBringBack?: Back;
}) {
  const { data: versions, error } = useQuery(versionsQuery(project, workflow.id));
  return (
    <div className="mx-auto w-full max-w-5xl flex-1 overflow-y-auto px-4 py-6">
      <p className="mb-4 text-sm text-muted-foreground">{strings.versionsAbout}</p>
      {error && <ErrorPanel error={error} />}
      {!versions && !error && <Skeleton className="h-40" />}
      {versions && (
        <Card className="overflow-hidden">
          <ol className="divide-y">
            {versions.map((version) => (
              <Row
                key={version.version}
                version={version}
                isInForce={version.version === workflow.version}
                onBringBack={onBringBack}
              />
            ))}
          </ol>
        </Card>
      )}
    </div>
  );
}

function Row({
  version,
  isInForce,
  onBringBack,
}: {
  version: Version;
  isInForce: boolean;
  onBringBack?: Back;
}) {
  const { run_as, trigger, steps } = version;

  function bringBack() {
    onBringBack?.({ run_as, trigger, steps });
    toast.success(strings.broughtBack(version.version));
  }

  return (
    <li className="px-4 py-2">
      <div className="flex items-center gap-3">
        <span className="min-w-0 flex-1 text-sm">
          <span className="font-medium capitalize">{strings.version(version.version)}</span>{" "}
          <span className="text-muted-foreground">
            {strings.stepCount(steps.length)} ·{" "}
            <time dateTime={version.created_at} title={formatMoment(version.created_at)}>
              {formatAgo(version.created_at)}
            </time>
          </span>
        </span>
        {isInForce && <Badge variant="success">{strings.inForce}</Badge>}
        {!isInForce && onBringBack && (
          <Button variant="outline" size="sm" onClick={bringBack}>
            {strings.bringBack}
          </Button>
        )}
      </div>
      <details className="mt-1">
        <summary className="cursor-pointer text-xs text-muted-foreground">{strings.json}</summary>
        <div className="mt-2">
          <JsonBlock value={{ run_as, trigger, steps }} label={strings.json} />
        </div>
      </details>
    </li>
  );
}

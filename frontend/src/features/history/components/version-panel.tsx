import { useQuery, useSuspenseInfiniteQuery } from "@tanstack/react-query";
import { Undo2Icon } from "lucide-react";

import { ErrorPanel } from "@/components/error-panel";
import { JsonBlock } from "@/components/json-block";
import { PlanViewer } from "@/components/plan-viewer/plan-viewer";
import { Button } from "@/components/ui/button";
import { Card, CardContent, CardHeader, CardTitle } from "@/components/ui/card";
import {
  Select,
  SelectContent,
  SelectItem,
  SelectTrigger,
  SelectValue,
} from "@/components/ui/select";
import { Skeleton } from "@/components/ui/skeleton";
import { diffQuery, documentQuery, type Version, versionsQuery } from "@/features/history/api";
import { strings } from "@/features/history/strings";
import { useHistorySearch } from "@/features/history/use-history-search";
import { useIsAdmin } from "@/routing/use-project";

/** The version in the address, or the one in force: what it changed, and how it stands to others. */
export function VersionPanel({ project }: { project: string }) {
  const { search, update } = useHistorySearch();
  const isAdmin = useIsAdmin();
  const list = useSuspenseInfiniteQuery(versionsQuery(project));
  const versions = list.data.pages.flatMap((page) => page.data);
  const version = versions.find((each) => each.version === search.version) ?? versions[0];
  if (!version) return null;
  const isCurrent = version === versions[0];
  return (
    <Card>
      <CardHeader className="flex flex-wrap items-center justify-between gap-2">
        <CardTitle>{strings.version(version.version)}</CardTitle>
        <div className="flex flex-wrap items-center gap-2">
          <Compare versions={versions} version={version} />
          {!isCurrent && isAdmin && (
            <Button onClick={() => update({ version: version.version, rollback: true })}>
              <Undo2Icon />
              {strings.rollback}
            </Button>
          )}
        </div>
      </CardHeader>
      <CardContent className="grid grid-cols-1 gap-4 pt-4">
        {search.compare === undefined ? (
          <Change project={project} version={version} />
        ) : (
          <Difference project={project} from={search.compare} to={version.version} />
        )}
      </CardContent>
    </Card>
  );
}

function Compare({ versions, version }: { versions: Version[]; version: Version }) {
  const { search, update } = useHistorySearch();
  const others = versions.filter((each) => each.version !== version.version);
  if (others.length === 0) return null;
  return (
    <Select
      value={search.compare === undefined ? "" : String(search.compare)}
      onValueChange={(value) => update({ version: version.version, compare: Number(value) })}
    >
      <SelectTrigger aria-label={strings.compare} className="w-40">
        <SelectValue placeholder={strings.compare} />
      </SelectTrigger>
      <SelectContent>
        {others.map((each) => (
          <SelectItem key={each.version} value={String(each.version)}>
            {strings.version(each.version)}
          </SelectItem>
        ))}
      </SelectContent>
    </Select>
  );
}

function Change({ project, version }: { project: string; version: Version }) {
  const { data } = useQuery(documentQuery(project, version.version));
  return (
    <>
      <h2 className="text-sm font-medium">{strings.what}</h2>
      {version.plan.steps.length > 0 ? (
        <PlanViewer project={project} plan={version.plan} />
      ) : (
        <p className="text-sm text-muted-foreground">{strings.nothing}</p>
      )}
      <details className="group">
        <summary className="w-fit cursor-pointer rounded-sm text-sm text-muted-foreground hover:text-foreground">
          {strings.document}
        </summary>
        {data && <JsonBlock value={data.schema} label={strings.document} className="mt-2" />}
      </details>
    </>
  );
}

function Difference({ project, from, to }: { project: string; from: number; to: number }) {
  const { update } = useHistorySearch();
  const { data: plan, error, refetch } = useQuery(diffQuery(project, from, to));
  return (
    <>
      <div className="flex items-center justify-between gap-2">
        <h2 className="text-sm font-medium">{strings.compareTitle(from, to)}</h2>
        <Button variant="ghost" size="sm" onClick={() => update({ compare: undefined })}>
          {strings.what}
        </Button>
      </div>
      {error && <ErrorPanel error={error} onRetry={() => void refetch()} />}
      {!plan && !error && <Skeleton className="h-24" />}
      {plan?.steps.length === 0 && <p className="text-sm text-muted-foreground">{strings.same}</p>}
      {plan && <PlanViewer project={project} plan={plan} />}
    </>
  );
}

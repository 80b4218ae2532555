import { useSuspenseInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { HistoryIcon } from "lucide-react";

import { EmptyState } from "@/components/empty-state";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { type Version, versionsQuery } from "@/features/history/api";
import { strings } from "@/features/history/strings";
import { useHistorySearch } from "@/features/history/use-history-search";
import { useActorNames } from "@/lib/actors";
import { formatAgo, formatMoment } from "@/lib/format";

/** The versions along a line, the newest on top. */
export function Timeline({ project }: { project: string }) {
  const list = useSuspenseInfiniteQuery(versionsQuery(project));
  const versions = list.data.pages.flatMap((page) => page.data);
  const nameOf = useActorNames(
    project,
    versions.map((each) => each.actor),
  );
  const { search } = useHistorySearch();
  const open = search.version ?? versions[0]?.version;
  if (versions.length === 0) return <None project={project} />;
  return (
    <nav aria-label={strings.tabs.versions}>
      <ol className="relative ml-1.5 border-l">
        {versions.map((version, index) => (
          <Entry
            key={version.version}
            version={version}
            actor={nameOf(version.actor)}
            isCurrent={index === 0}
            isOpen={version.version === open}
          />
        ))}
      </ol>
      {list.hasNextPage && (
        <Button variant="ghost" className="mt-2" onClick={() => void list.fetchNextPage()}>
          {strings.more}
        </Button>
      )}
    </nav>
  );
}

function Entry({
  version,
  actor,
  isCurrent,
  isOpen,
}: {
  version: Version;
  actor: string | null;
  isCurrent: boolean;
  isOpen: boolean;
}) {
  return (
    <li className="relative pb-1 pl-4">
      <span
        aria-hidden
        data-risk={version.plan.risk}
        className="absolute top-3.5 -left-[0.3rem] size-2.5 rounded-full border-2 border-background bg-success data-[risk=destructive]:bg-destructive data-[risk=locking]:bg-warning data-[risk=lossy]:bg-warning"
      />
      <Link
        to="."
        search={(now: object) => ({ ...now, version: version.version, compare: undefined })}
        aria-current={isOpen ? "true" : undefined}
        className="block rounded-lg px-3 py-2 hover:bg-accent aria-[current=true]:bg-accent"
      >
        <span className="flex items-center gap-2">
          <span className="text-sm font-medium">{strings.version(version.version)}</span>
          {isCurrent && <Badge variant="success">{strings.current}</Badge>}
        </span>
        <span className="line-clamp-2 text-sm text-muted-foreground">{version.summary}</span>
        <span className="block text-xs text-muted-foreground">
          <time dateTime={version.applied_at} title={formatMoment(version.applied_at)}>
            {formatAgo(version.applied_at)}
          </time>{" "}
          {actor && strings.by(actor)}
        </span>
      </Link>
    </li>
  );
}

function None({ project }: { project: string }) {
  return (
    <Card className="lg:col-span-2">
      <EmptyState
        icon={HistoryIcon}
        title={strings.none}
        action={
          <Button asChild>
            <Link to={`/projects/${project}/schema`}>{strings.toSchema}</Link>
          </Button>
        }
      >
        <p>{strings.noneAbout}</p>
      </EmptyState>
    </Card>
  );
}

import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { DownloadIcon, ScrollTextIcon } from "lucide-react";
import { toast } from "sonner";

import { EmptyState } from "@/components/empty-state";
import { ErrorPanel } from "@/components/error-panel";
import { Page } from "@/components/page";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import {
  DropdownMenu,
  DropdownMenuContent,
  DropdownMenuItem,
  DropdownMenuTrigger,
} from "@/components/ui/dropdown-menu";
import { Skeleton } from "@/components/ui/skeleton";
import { auditQuery, exportAudit } from "@/features/audit/api";
import { Entry } from "@/features/audit/components/entry";
import { Filters } from "@/features/audit/components/filters";
import { UndoDialog } from "@/features/audit/components/undo-dialog";
import { auditRoute, filterOf } from "@/features/audit/routes";
import { strings } from "@/features/audit/strings";
import { useAuditSearch } from "@/features/audit/use-audit-search";
import { useActorNames } from "@/lib/actors";

const FORMATS = ["ndjson", "csv"] as const;

export function AuditPage() {
  const { project } = auditRoute.useParams();
  const { search } = useAuditSearch();
  const filter = filterOf(search);
  const list = useInfiniteQuery({
    ...auditQuery(project, filter),
    placeholderData: keepPreviousData,
  });
  const entries = list.data?.pages.flatMap((page) => page.data) ?? [];
  const nameOf = useActorNames(
    project,
    entries.map((entry) => entry.actor),
  );
  const isFiltered = Object.entries(filter).some(([name, value]) => name !== "source" && value);
  return (
    <Page title={strings.title} description={strings.about} actions={<Export project={project} />}>
      <Filters project={project} />
      <Card className="mt-4 overflow-hidden">
        {list.isError && (
          <ErrorPanel error={list.error} onRetry={() => void list.refetch()} className="m-4" />
        )}
        {list.isPending && <Loading />}
        {list.isSuccess && entries.length === 0 && (
          <EmptyState
            icon={ScrollTextIcon}
            title={isFiltered ? strings.noMatch : strings.noneTitle}
          >
            {!isFiltered && <p>{strings.noneAbout}</p>}
          </EmptyState>
        )}
        <ol className="divide-y">
          {entries.map((entry) => (
            <Entry
              key={entry.cursor}
              entry={entry}
              actor={nameOf(entry.actor)}
              isOpen={entry.cursor === search.entry}
            />
          ))}
        </ol>
        {list.hasNextPage && (
          <div className="border-t p-2 text-center">
            <Button variant="ghost" onClick={() => void list.fetchNextPage()}>
              {strings.loadMore}
            </Button>
          </div>
        )}
      </Card>
      <UndoDialog
        project={project}
        entry={entries.find((entry) => entry.cursor === search.entry)}
      />
    </Page>
  );
}

/** The file of everything that the filters leave. */
function Export({ project }: { project: string }) {
  const { search } = useAuditSearch();

  function save(format: (typeof FORMATS)[number]) {
    exportAudit(project, filterOf(search), format).catch(() => toast.error(strings.exportFailed));
  }

  return (
    <DropdownMenu>
      <DropdownMenuTrigger asChild>
        <Button variant="outline">
          <DownloadIcon />
          {strings.export}
        </Button>
      </DropdownMenuTrigger>
      <DropdownMenuContent align="end">
        {FORMATS.map((format) => (
          <DropdownMenuItem key={format} onSelect={() => save(format)}>
            {strings.exportAs[format]}
          </DropdownMenuItem>
        ))}
      </DropdownMenuContent>
    </DropdownMenu>
  );
}

function Loading() {
  return (
    <div role="status" aria-label={strings.loading} className="grid gap-2 p-4">
      {Array.from({ length: 10 }, (_, index) => (
        <Skeleton key={index} className="h-9" />
      ))}
    </div>
  );
}

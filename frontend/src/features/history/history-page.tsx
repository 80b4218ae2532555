import { useQuery } from "@tanstack/react-query";
import { LoaderIcon } from "lucide-react";

import { EmptyState } from "@/components/empty-state";
import { ErrorPanel } from "@/components/error-panel";
import { Page } from "@/components/page";
import { JobList } from "@/components/plan-viewer/job-list";
import { Card } from "@/components/ui/card";
import { Skeleton } from "@/components/ui/skeleton";
import { Tabs, TabsContent, TabsList, TabsTrigger } from "@/components/ui/tabs";
import { Drift } from "@/features/history/components/drift";
import { FormerNames } from "@/features/history/components/former-names";
import { RollbackSheet } from "@/features/history/components/rollback-sheet";
import { Timeline } from "@/features/history/components/timeline";
import { VersionPanel } from "@/features/history/components/version-panel";
import { type Tab, TABS } from "@/features/history/routes";
import { strings } from "@/features/history/strings";
import { useHistorySearch } from "@/features/history/use-history-search";
import { schemaJobsQuery } from "@/lib/schema-jobs";
import { useIsAdmin, useProject } from "@/routing/use-project";

export function HistoryPage() {
  const project = useProject().slug;
  const { search, update } = useHistorySearch();
  return (
    <Page title={strings.title} description={strings.about} className="max-w-6xl">
      <Tabs
        value={search.tab ?? "versions"}
        onValueChange={(tab) => update({ tab: tab === "versions" ? undefined : (tab as Tab) })}
      >
        <TabsList>
          {TABS.map((tab) => (
            <TabsTrigger key={tab} value={tab}>
              {strings.tabs[tab]}
            </TabsTrigger>
          ))}
        </TabsList>
        <TabsContent value="versions">
          <div className="grid grid-cols-1 items-start gap-6 lg:grid-cols-[minmax(16rem,2fr)_3fr]">
            <Timeline project={project} />
            <VersionPanel project={project} />
          </div>
        </TabsContent>
        <TabsContent value="names">
          <FormerNames project={project} />
        </TabsContent>
        <TabsContent value="drift">
          <Drift project={project} />
        </TabsContent>
        <TabsContent value="jobs">
          <Jobs project={project} />
        </TabsContent>
      </Tabs>
      <RollbackSheet project={project} />
    </Page>
  );
}

function Jobs({ project }: { project: string }) {
  const isAdmin = useIsAdmin();
  const { data: jobs, error, refetch } = useQuery(schemaJobsQuery(project));
  if (error) return <ErrorPanel error={error} onRetry={() => void refetch()} />;
  if (!jobs) return <Skeleton className="h-32" />;
  return (
    <Card className="px-4">
      {jobs.length > 0 ? (
        <JobList project={project} jobs={jobs} mayCancel={isAdmin} />
      ) : (
        <EmptyState icon={LoaderIcon} title={strings.jobsNone}>
          <p>{strings.jobsNoneAbout}</p>
        </EmptyState>
      )}
    </Card>
  );
}

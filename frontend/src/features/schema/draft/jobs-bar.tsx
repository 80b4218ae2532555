import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { toast } from "sonner";

import { JobList } from "@/components/plan-viewer/job-list";
import { strings } from "@/features/schema/strings";
import { schemaQuery } from "@/lib/collections";
import { queryClient } from "@/lib/query";
import { isOpen, type SchemaJob, schemaJobsQuery } from "@/lib/schema-jobs";
import { useIsAdmin } from "@/routing/use-project";

/** Changes of large tables while they go on: how far each is, and a way to stop it. */
export function JobsBar({ project }: { project: string }) {
  const isAdmin = useIsAdmin();
  const { data: jobs = [] } = useQuery(schemaJobsQuery(project));
  const open = jobs.filter(isOpen).reverse();
  useEndsTold(project, jobs);
  if (open.length === 0) return null;
  return (
    <section
      aria-label={strings.jobs}
      className="max-h-60 shrink-0 overflow-y-auto border-b bg-muted/40 px-4"
    >
      <JobList project={project} jobs={open} mayCancel={isAdmin} />
    </section>
  );
}

/** A job that was seen under way says how it ended, and what is shown follows. */
function useEndsTold(project: string, jobs: readonly SchemaJob[]): void {
  const watched = useRef(new Set<string>());
  useEffect(() => {
    const ended = jobs.filter((job) => !isOpen(job) && watched.current.has(job.id));
    watched.current = new Set(jobs.filter(isOpen).map(({ id }) => id));
    ended.forEach(tell);
    if (ended.length > 0) void queryClient.invalidateQueries(schemaQuery(project));
  }, [project, jobs]);
}

function tell({ status, summary, error }: SchemaJob): void {
  if (status === "succeeded") toast.success(strings.jobDone(summary));
  else if (status === "cancelled") toast(strings.jobCancelled(summary));
  else toast.error(strings.jobFailed(summary), { description: error?.message, duration: Infinity });
}

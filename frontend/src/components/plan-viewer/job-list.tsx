import { CircleAlertIcon, CircleCheckIcon, LoaderCircleIcon } from "lucide-react";
import { toast } from "sonner";

import { Button } from "@/components/ui/button";
import { formatAgo, formatNumber } from "@/lib/format";
import { asProblem } from "@/lib/problem";
import { cancelSchemaJob, isOpen, type SchemaJob } from "@/lib/schema-jobs";

/** Changes of large tables, each with how far it is. */
export function JobList({
  project,
  jobs,
  mayCancel,
}: {
  project: string;
  jobs: readonly SchemaJob[];
  mayCancel: boolean;
}) {
  return (
    <ul className="grid divide-y" aria-live="polite">
      {jobs.map((job) => (
        <Job key={job.id} project={project} job={job} mayCancel={mayCancel} />
      ))}
    </ul>
  );
}

function Job({ project, job, mayCancel }: { project: string; job: SchemaJob; mayCancel: boolean }) {
  const percent = Math.round(job.progress * 100);

  function cancel() {
    cancelSchemaJob(project, job.id).catch((error: unknown) =>
      toast.error(asProblem(error).body.detail),
    );
  }

  return (
    <li className="grid gap-1.5 py-3">
      <div className="flex items-center gap-2 text-sm">
        <JobIcon job={job} />
        <span className="min-w-0 flex-1 truncate">{job.summary}</span>
        <span className="shrink-0 text-xs text-muted-foreground">
          {isOpen(job)
            ? `${job.phase}, ${percent} %`
            : formatAgo(job.finished_at ?? job.created_at)}
        </span>
        {isOpen(job) && mayCancel && (
          <Button variant="ghost" size="sm" onClick={cancel}>
            Cancel
          </Button>
        )}
      </div>
      {isOpen(job) && (
        <div
          role="progressbar"
          aria-label={job.summary}
          aria-valuenow={percent}
          aria-valuemin={0}
          aria-valuemax={100}
          className="h-1 overflow-hidden rounded-full bg-muted"
        >
          <div
            className="h-full rounded-full bg-primary transition-[width]"
            style={{ width: `${percent}%` }}
          />
        </div>
      )}
      {isOpen(job) && job.total > 0 && (
        <p className="text-xs text-muted-foreground tabular-nums">
          {formatNumber(job.done)} of {formatNumber(job.total)} rows
        </p>
      )}
      {job.error && <p className="text-xs text-destructive">{job.error.message}</p>}
    </li>
  );
}

function JobIcon({ job }: { job: SchemaJob }) {
  if (isOpen(job)) return <LoaderCircleIcon className="size-4 animate-spin text-primary" />;
  if (job.status === "succeeded") return <CircleCheckIcon className="size-4 text-success" />;
  return <CircleAlertIcon className="size-4 text-destructive" />;
}

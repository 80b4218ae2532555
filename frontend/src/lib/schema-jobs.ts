import { queryOptions } from "@tanstack/react-query";

import { request } from "@/lib/api";
import { queryClient } from "@/lib/query";

/** A change of a large table that goes on after a plan was applied. */
export type SchemaJob = {
  id: string;
  status: "pending" | "running" | "succeeded" | "failed" | "cancelled";
  kind: string;
  summary: string;
  phase: string;
  done: number;
  total: number;
  progress: number;
  error: { code: string; message: string } | null;
  created_at: string;
  finished_at: string | null;
};

const FAST_MS = 1_000;
const SLOW_MS = 30_000;

export function isOpen(job: SchemaJob): boolean {
  return job.status === "pending" || job.status === "running";
}

/** The newest first; often while one is under way. */
export function schemaJobsQuery(project: string) {
  return queryOptions({
    queryKey: ["project", project, "schema-jobs"],
    queryFn: () =>
      request<{ data: SchemaJob[] }>(`/api/projects/${project}/schema/jobs`).then(
        ({ data }) => data,
      ),
    refetchInterval: ({ state }) => (state.data?.some(isOpen) ? FAST_MS : SLOW_MS),
  });
}

export async function cancelSchemaJob(project: string, id: string): Promise<void> {
  await request(`/api/projects/${project}/schema/jobs/${id}/cancel`, { method: "POST" });
  await queryClient.invalidateQueries(schemaJobsQuery(project));
}

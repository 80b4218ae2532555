import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";

import type { Definition, Step, Trigger } from "@/features/workflows/definition";
import { api, type Schemas, unwrap } from "@/lib/api";
import { queryClient } from "@/lib/query";

export type Workflow = Omit<Schemas["WorkflowRead"], "trigger" | "steps"> & {
  trigger: Trigger;
  steps: Step[];
};
export type Version = Omit<Schemas["VersionRead"], "trigger" | "steps"> & {
  trigger: Trigger;
  steps: Step[];
};
export type Warning = Schemas["Warned"];
export type Detail = Workflow & { warnings: Warning[] };
export type Made = Detail & { hook_url?: string | null };
export type Action = Schemas["ActionRead"];
export type Run = Schemas["RunRead"];
export type RunDetail = Schemas["RunDetail"];
export type RunStep = Schemas["StepRead"];
export type RunStatus = Run["status"];

const MOST = 200;
const PAGE = 50;
const LIVE_MS = 2_000;
const UNDER_WAY = new Set<RunStatus>(["queued", "running", "waiting"]);

export function isUnderWay(status: RunStatus): boolean {
  return UNDER_WAY.has(status);
}

const all = (project: string) => ["project", project, "workflows"];

/** The API describes triggers and steps as what is sent; what it answers is described loosely. */
function read<Answer extends Schemas["WorkflowRead"]>(workflow: Answer) {
  return workflow as unknown as Omit<Answer, "trigger" | "steps"> & Workflow;
}

export function workflowsQuery(project: string) {
  return queryOptions({
    queryKey: [...all(project), "list"],
    queryFn: () =>
      unwrap(
        api.GET("/api/projects/{project}/workflows", {
          params: { path: { project }, query: { limit: MOST } },
        }),
      ).then((page) => page.data.map(read)),
  });
}

export function workflowQuery(project: string, id: string) {
  return queryOptions({
    queryKey: [...all(project), "one", id],
    queryFn: () =>
      unwrap(
        api.GET("/api/projects/{project}/workflows/{workflow_id}", {
          params: { path: { project, workflow_id: id } },
        }),
      ).then(read),
  });
}

export function versionsQuery(project: string, id: string) {
  return queryOptions({
    queryKey: [...all(project), "versions", id],
    queryFn: () =>
      unwrap(
        api.GET("/api/projects/{project}/workflows/{workflow_id}/versions", {
          params: { path: { project, workflow_id: id }, query: { limit: MOST } },
        }),
      ).then((page) => page.data as unknown as Version[]),
  });
}

/** What a step can be. It changes with the release alone. */
export function actionsQuery(project: string) {
  return queryOptions({
    queryKey: [...all(project), "actions"],
    queryFn: () =>
      unwrap(
        api.GET("/api/projects/{project}/workflows/actions", {
          params: { path: { project }, query: { limit: MOST } },
        }),
      ).then((page) => page.data),
    staleTime: Infinity,
  });
}

/** The last runs of all workflows. */
export function lastRunsQuery(project: string) {
  return queryOptions({
    queryKey: [...all(project), "runs", "last"],
    queryFn: () =>
      unwrap(
        api.GET("/api/projects/{project}/workflows/runs", {
          params: { path: { project }, query: { limit: MOST } },
        }),
      ).then((page) => page.data),
    refetchInterval: 2 * LIVE_MS,
  });
}

export function runsQuery(project: string, id: string, status?: RunStatus) {
  return infiniteQueryOptions({
    queryKey: [...all(project), "runs", id, status ?? null],
    queryFn: ({ pageParam }) =>
      unwrap(
        api.GET("/api/projects/{project}/workflows/{workflow_id}/runs", {
          params: {
            path: { project, workflow_id: id },
            query: { limit: PAGE, status, cursor: pageParam || undefined },
          },
        }),
      ),
    initialPageParam: "",
    getNextPageParam: (last) => last.page.next_cursor ?? undefined,
    // Further pages are history: only a list of one page is kept up to date.
    refetchInterval: (query) => ((query.state.data?.pages.length ?? 0) > 1 ? false : LIVE_MS),
  });
}

export function runQuery(project: string, id: string) {
  return queryOptions({
    queryKey: [...all(project), "run", id],
    queryFn: () =>
      unwrap(
        api.GET("/api/projects/{project}/runs/{run_id}", {
          params: { path: { project, run_id: id } },
        }),
      ),
    refetchInterval: (query) => {
      const status = query.state.data?.status;
      return status === undefined || isUnderWay(status) ? LIVE_MS / 2 : false;
    },
  });
}

function changed(project: string): Promise<void> {
  return queryClient.invalidateQueries({ queryKey: all(project) });
}

export async function createWorkflow(project: string, definition: Definition): Promise<Made> {
  const params = { path: { project } };
  const body = definition as unknown as Schemas["WorkflowCreate"];
  const made = await unwrap(api.POST("/api/projects/{project}/workflows", { params, body }));
  await changed(project);
  return read(made);
}

export async function updateWorkflow(
  project: string,
  id: string,
  change: Partial<Definition> & { enabled?: boolean },
): Promise<Made> {
  const params = { path: { project, workflow_id: id } };
  const body = change as unknown as Schemas["WorkflowUpdate"];
  const made = await unwrap(
    api.PATCH("/api/projects/{project}/workflows/{workflow_id}", { params, body }),
  );
  await changed(project);
  return read(made);
}

export async function deleteWorkflow(project: string, id: string): Promise<void> {
  const params = { path: { project, workflow_id: id } };
  await unwrap(api.DELETE("/api/projects/{project}/workflows/{workflow_id}", { params }));
  // Not the workflow itself, which is gone: its page is still open.
  await queryClient.invalidateQueries({ queryKey: workflowsQuery(project).queryKey });
}

/** The new URL, which no other answer tells. */
export async function rotateHook(project: string, id: string): Promise<string | null> {
  const params = { path: { project, workflow_id: id } };
  const made = await unwrap(
    api.POST("/api/projects/{project}/workflows/{workflow_id}/rotate", { params }),
  );
  await changed(project);
  return made.hook_url ?? null;
}

export async function startRun(
  project: string,
  id: string,
  input: Record<string, unknown>,
): Promise<Run> {
  const params = { path: { project, workflow_id: id } };
  const run = await unwrap(
    api.POST("/api/projects/{project}/workflows/{workflow_id}/run", { params, body: { input } }),
  );
  await changed(project);
  return run;
}

export async function retryRuns(
  project: string,
  id: string,
  status: "failed" | "stopped" | "cancelled",
): Promise<number> {
  const params = { path: { project, workflow_id: id } };
  const { count } = await unwrap(
    api.POST("/api/projects/{project}/workflows/{workflow_id}/runs/retry", {
      params,
      body: { status },
    }),
  );
  await changed(project);
  return count;
}

export async function cancelRun(project: string, id: string): Promise<void> {
  const params = { path: { project, run_id: id } };
  await unwrap(api.POST("/api/projects/{project}/runs/{run_id}/cancel", { params }));
  await changed(project);
}

/** The new run, which goes on where that one failed. */
export async function retryRun(project: string, id: string): Promise<Run> {
  const params = { path: { project, run_id: id } };
  const run = await unwrap(api.POST("/api/projects/{project}/runs/{run_id}/retry", { params }));
  await changed(project);
  return run;
}

export async function replayRun(project: string, id: string, step: string | null): Promise<Run> {
  const params = { path: { project, run_id: id } };
  const run = await unwrap(
    api.POST("/api/projects/{project}/runs/{run_id}/replay", {
      params,
      body: { from_step: step },
    }),
  );
  await changed(project);
  return run;
}

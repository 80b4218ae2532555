import { createRoute, lazyRouteComponent } from "@tanstack/react-router";

import {
  actionsQuery,
  type RunStatus,
  runsQuery,
  workflowQuery,
  workflowsQuery,
} from "@/features/workflows/api";
import { strings } from "@/features/workflows/strings";
import { collectionsQuery } from "@/lib/collections";
import { queryClient } from "@/lib/query";
import { projectRoute } from "@/routing/project-route";

export const STATUSES = [
  "queued",
  "running",
  "waiting",
  "succeeded",
  "failed",
  "cancelled",
  "stopped",
] as const;
export const TABS = ["editor", "runs", "versions"] as const;
export type Tab = (typeof TABS)[number];

const text = (value: unknown) => (typeof value === "string" && value ? value : undefined);

export const workflowsRoute = createRoute({
  getParentRoute: () => projectRoute,
  path: "workflows",
  staticData: { title: strings.title },
  loader: ({ params }) => queryClient.ensureQueryData(workflowsQuery(params.project)),
  component: lazyRouteComponent(
    () => import("@/features/workflows/workflows-page"),
    "WorkflowsPage",
  ),
});

/** What is open beside the picture: a step's path, `trigger`, or the whole. */
export type EditorSearch = { step?: string; json?: boolean };

const editorSearch = (search: Record<string, unknown>): EditorSearch => ({
  step: text(typeof search.step === "number" ? String(search.step) : search.step),
  json: search.json === true || undefined,
});

export const newWorkflowRoute = createRoute({
  getParentRoute: () => projectRoute,
  path: "workflows/new",
  staticData: { title: strings.title },
  validateSearch: (search): EditorSearch & { template?: string } => ({
    ...editorSearch(search),
    template: text(search.template),
  }),
  loader: ({ params }) =>
    Promise.all([
      queryClient.ensureQueryData(actionsQuery(params.project)),
      queryClient.ensureQueryData(collectionsQuery(params.project)),
    ]),
  component: lazyRouteComponent(() => import("@/features/workflows/new-page"), "NewWorkflowPage"),
});

export type WorkflowSearch = EditorSearch & { tab?: Tab; status?: RunStatus; run?: string };

export const workflowRoute = createRoute({
  getParentRoute: () => projectRoute,
  path: "workflows/$workflow",
  staticData: { title: strings.title },
  validateSearch: (search): WorkflowSearch => ({
    ...editorSearch(search),
    tab: TABS.find((tab) => tab === search.tab),
    status: STATUSES.find((status) => status === search.status),
    run: text(search.run),
  }),
  loader: ({ params: { project, workflow } }) =>
    Promise.all([
      queryClient.ensureQueryData(workflowQuery(project, workflow)),
      queryClient.ensureQueryData(actionsQuery(project)),
      queryClient.ensureQueryData(collectionsQuery(project)),
      queryClient.prefetchInfiniteQuery(runsQuery(project, workflow)),
    ]),
  component: lazyRouteComponent(() => import("@/features/workflows/workflow-page"), "WorkflowPage"),
});

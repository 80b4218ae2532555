import { queryOptions } from "@tanstack/react-query";

import type { JsonCondition } from "@/components/condition-builder/conditions";
import { api, request, type Schemas, unwrap } from "@/lib/api";
import { queryClient } from "@/lib/query";

export const ACTIONS = ["list", "read", "create", "update", "delete"] as const;
export type Action = (typeof ACTIONS)[number];

export type Policy = Omit<Schemas["PolicyRead"], "where" | "check"> & {
  where: JsonCondition | null;
  check: JsonCondition | null;
};
export type PolicyValues = Schemas["PolicyWrite"];
export type Finding = Schemas["Finding"];
export type Template = Schemas["app__features__policies__router__TemplateRead"];
export type PolicyTest = Schemas["PolicyTestRead"];
export type TestOutcome = Schemas["TestOutcome"];

export type Access = {
  allowed: "all" | "some" | "none";
  fields: string[] | null;
  some_records_only: string[];
  presets: string[];
  policies: string[];
};
export type MatrixRow = {
  principal: string;
  collection: string;
  actions: Partial<Record<Action, Access>>;
};
export type Matrix = { principals: string[]; rows: MatrixRow[] };

/** As whom: what the API calls `as`. */
export type Subject = Record<string, unknown>;
export type Question = {
  collection: string;
  action: string;
  as: Subject;
  record_id?: string;
  data?: Record<string, unknown>;
};
export type Judged = {
  part: "where" | "check";
  condition: string;
  actual: unknown;
  expected: unknown;
  holds: boolean | null;
};
export type PolicyPart = {
  id: string;
  name: string;
  effect: "allow" | "deny";
  allowed: boolean | null;
  conditions: Judged[];
  broken?: string;
  reason?: string;
};
export type Explanation = {
  /** Null while it depends on what the question leaves open. */
  allowed: boolean | null;
  depends_on: "record" | "data" | null;
  reason: string;
  error: string | null;
  policies: PolicyPart[];
  predicate_sql: string | null;
  fields: string[] | null;
};

function base(project: string): string {
  return `/api/projects/${project}/policies`;
}

/** Whatever depends on the policies lies below this key. */
function keyOf(project: string) {
  return ["project", project, "policies"] as const;
}

export function policiesQuery(project: string) {
  return queryOptions({
    queryKey: [...keyOf(project), "list"],
    queryFn: () => request<{ data: Policy[] }>(base(project)).then((list) => list.data),
  });
}

export function matrixQuery(project: string) {
  return queryOptions({
    queryKey: [...keyOf(project), "matrix"],
    queryFn: () => request<Matrix>(`${base(project)}/matrix`),
    staleTime: 0,
  });
}

export function findingsQuery(project: string) {
  return queryOptions({
    queryKey: [...keyOf(project), "findings"],
    queryFn: () =>
      unwrap(
        api.GET("/api/projects/{project}/policies/lint", { params: { path: { project } } }),
      ).then((found) => found.findings),
  });
}

export function templatesQuery(project: string) {
  return queryOptions({
    queryKey: [...keyOf(project), "templates"],
    queryFn: () =>
      unwrap(
        api.GET("/api/projects/{project}/policies/templates", { params: { path: { project } } }),
      ).then((list) => list.data),
    staleTime: Infinity,
  });
}

export function explainQuery(project: string, question: Question) {
  return queryOptions({
    queryKey: [...keyOf(project), "explain", question],
    queryFn: () =>
      request<Explanation>(`${base(project)}/explain`, {
        method: "POST",
        body: JSON.stringify(question),
      }),
    staleTime: 0,
    gcTime: 0,
    retry: false,
  });
}

export function testsQuery(project: string) {
  return queryOptions({
    queryKey: [...keyOf(project), "tests"],
    queryFn: () =>
      unwrap(
        api.GET("/api/projects/{project}/policies/tests", { params: { path: { project } } }),
      ).then((list) => list.data),
  });
}

/** How the stored tests come out now. Nothing that they do is kept. */
export function testRunQuery(project: string) {
  return queryOptions({
    queryKey: [...keyOf(project), "test-run"],
    queryFn: () =>
      unwrap(
        api.POST("/api/projects/{project}/policies/test", {
          params: { path: { project } },
          body: { stored: true },
        }),
      ),
    staleTime: 0,
  });
}

/** Who else there is to speak of: roles by name, keys by id. */
export function peopleQuery(project: string, isAdmin: boolean) {
  const path = { project };
  const query = { limit: 200 };
  return queryOptions({
    queryKey: ["project", project, "policy-people", isAdmin],
    queryFn: async () => {
      const [roles, keys] = await Promise.all([
        unwrap(api.GET("/api/projects/{project}/roles", { params: { path, query } })),
        isAdmin
          ? unwrap(api.GET("/api/projects/{project}/api-keys", { params: { path, query } }))
          : { data: [] },
      ]);
      return {
        roles: roles.data.map(({ name }) => name),
        keys: keys.data.map(({ id, name }) => ({ id, name })),
      };
    },
    staleTime: 0,
  });
}

async function refresh(project: string): Promise<void> {
  await Promise.all([
    queryClient.invalidateQueries({ queryKey: keyOf(project) }),
    queryClient.invalidateQueries({ queryKey: ["project", project, "started"] }),
  ]);
}

type Saving = { id?: string; force?: boolean };

export async function savePolicy(
  project: string,
  body: PolicyValues,
  { id, force = false }: Saving,
): Promise<void> {
  await request(`${base(project)}${id ? `/${id}` : ""}?force=${force}`, {
    method: id ? "PATCH" : "POST",
    body: JSON.stringify(body),
  });
  await refresh(project);
}

export async function switchPolicy(project: string, policy: Policy, enabled: boolean) {
  await request(`${base(project)}/${policy.id}`, {
    method: "PATCH",
    body: JSON.stringify({ enabled }),
  });
  await refresh(project);
}

export async function deletePolicy(project: string, id: string, force = false): Promise<void> {
  await request(`${base(project)}/${id}?force=${force}`, { method: "DELETE" });
  await refresh(project);
}

export async function applyTemplate(
  project: string,
  template: string,
  body: Schemas["TemplateUse"],
): Promise<number> {
  const made = await unwrap(
    api.POST("/api/projects/{project}/policies/templates/{template}", {
      params: { path: { project, template } },
      body,
    }),
  );
  await refresh(project);
  return made.data.length;
}

export async function saveTest(project: string, body: unknown, id?: string): Promise<PolicyTest> {
  const test = await request<PolicyTest>(`${base(project)}/tests${id ? `/${id}` : ""}`, {
    method: id ? "PUT" : "POST",
    body: JSON.stringify(body),
  });
  await refresh(project);
  return test;
}

export async function deleteTest(project: string, id: string): Promise<void> {
  await request(`${base(project)}/tests/${id}`, { method: "DELETE" });
  await refresh(project);
}

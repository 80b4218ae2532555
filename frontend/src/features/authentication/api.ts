import { queryOptions } from "@tanstack/react-query";

import { api, request, type Schemas, unwrap } from "@/lib/api";
import { asProblem, Problem } from "@/lib/problem";
import { queryClient } from "@/lib/query";

export type AuthSettings = Schemas["AuthSettings"];
export type Provider = Schemas["ProviderSettings"];
export type MailKind = Schemas["MailKindRead"];
export type MailTexts = Schemas["TemplateWrite"];

type Settings = Schemas["ProjectSettings"];

const TEMPLATE = "/api/projects/{project}/email/templates/{kind}/{locale}";

function settingsKey(project: string) {
  return ["project", project, "settings"] as const;
}

export function authSettingsQuery(project: string) {
  return queryOptions({
    queryKey: settingsKey(project),
    queryFn: () =>
      unwrap(api.GET("/api/projects/{project}/settings", { params: { path: { project } } })),
    select: (settings: Settings) => settings.auth,
  });
}

/** Merge a change in; a member that is null goes back to its default, or away. */
export async function changeAuth(project: string, change: Record<string, unknown>): Promise<void> {
  try {
    const settings = await request<Settings>(`/api/projects/${project}/settings`, {
      method: "PATCH",
      body: JSON.stringify({ auth: change }),
    });
    queryClient.setQueryData(settingsKey(project), settings);
  } catch (error) {
    throw atTheField(asProblem(error));
  }
}

export function saveProvider(project: string, name: string, provider: object): Promise<void> {
  return changeAuth(project, { providers: { [name]: provider } });
}

export function removeProvider(project: string, name: string): Promise<void> {
  return changeAuth(project, { providers: { [name]: null } });
}

/** Forms know fields by their last names: `/auth/password/min_length` is their `min_length`. */
function atTheField(problem: Problem): Problem {
  const errors = problem.violations.map((violation) => ({
    ...violation,
    pointer: violation.pointer
      .replace(/^\/auth\/providers\/[^/]+/, "")
      .replace(/^\/auth/, "")
      .replace(/^\/password/, ""),
  }));
  return new Problem({ ...problem.body, errors });
}

export function mailKindsQuery(project: string) {
  return queryOptions({
    queryKey: ["project", project, "mail-templates"],
    queryFn: () =>
      unwrap(
        api.GET("/api/projects/{project}/email/templates", { params: { path: { project } } }),
      ).then((list) => list.data),
  });
}

export function previewQuery(project: string, kind: string, locale: string, texts: MailTexts) {
  return queryOptions({
    queryKey: ["project", project, "mail-preview", kind, locale, texts],
    queryFn: () =>
      unwrap(
        api.POST(`${TEMPLATE}/preview`, {
          params: { path: { project, kind, locale } },
          body: texts,
        }),
      ),
    retry: false,
    gcTime: 0,
  });
}

async function refreshMails(project: string): Promise<void> {
  await queryClient.invalidateQueries({ queryKey: ["project", project, "mail-templates"] });
}

export async function saveTemplate(
  project: string,
  kind: string,
  locale: string,
  body: MailTexts,
): Promise<void> {
  await unwrap(api.PUT(TEMPLATE, { params: { path: { project, kind, locale } }, body }));
  await refreshMails(project);
}

export async function resetTemplate(project: string, kind: string, locale: string) {
  await unwrap(api.DELETE(TEMPLATE, { params: { path: { project, kind, locale } } }));
  await refreshMails(project);
}

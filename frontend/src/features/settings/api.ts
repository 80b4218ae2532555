import { queryOptions } from "@tanstack/react-query";

import { api, type Schemas, unwrap } from "@/lib/api";
import { projectsQuery } from "@/lib/projects";
import { queryClient } from "@/lib/query";

export type Settings = Schemas["ProjectSettings"];
export type Member = Schemas["MemberRead"];
export type Invitation = Schemas["InvitationRead"];
export type Role = Member["role"];

const MOST = 200;

function pathOf(project: string) {
  return { path: { project } };
}

export function settingsQuery(project: string) {
  return queryOptions({
    queryKey: ["project", project, "settings"],
    queryFn: () => unwrap(api.GET("/api/projects/{project}/settings", { params: pathOf(project) })),
  });
}

/** A merge patch: null brings back a default. */
export async function changeSettings(
  project: string,
  change: Record<string, unknown>,
): Promise<void> {
  const settings = await unwrap(
    api.PATCH("/api/projects/{project}/settings", { params: pathOf(project), body: change }),
  );
  queryClient.setQueryData(settingsQuery(project).queryKey, settings);
}

export async function changeProject(
  project: string,
  body: { name: string; slug: string },
): Promise<void> {
  await unwrap(api.PATCH("/api/projects/{project}", { params: pathOf(project), body }));
  await queryClient.invalidateQueries(projectsQuery);
  await queryClient.invalidateQueries({ queryKey: ["project", body.slug, "itself"] });
}

export function membersQuery(project: string) {
  return queryOptions({
    queryKey: ["project", project, "members"],
    queryFn: () =>
      unwrap(
        api.GET("/api/projects/{project}/members", {
          params: { ...pathOf(project), query: { limit: MOST } },
        }),
      ).then((page) => page.data),
  });
}

export function invitationsQuery(project: string) {
  return queryOptions({
    queryKey: ["project", project, "invitations"],
    queryFn: () =>
      unwrap(
        api.GET("/api/projects/{project}/invitations", {
          params: { ...pathOf(project), query: { limit: MOST } },
        }),
      ).then((page) => page.data),
  });
}

async function teamChanged(project: string): Promise<void> {
  await queryClient.invalidateQueries(membersQuery(project));
  await queryClient.invalidateQueries({ queryKey: ["project", project, "invitations"] });
}

export async function addMember(project: string, email: string, role: Role) {
  const added = await unwrap(
    api.POST("/api/projects/{project}/members", {
      params: pathOf(project),
      body: { email, role },
    }),
  );
  await teamChanged(project);
  return added;
}

export async function changeRole(project: string, member: Member, role: Role): Promise<void> {
  await unwrap(
    api.PATCH("/api/projects/{project}/members/{admin_id}", {
      params: { path: { project, admin_id: member.id } },
      body: { role },
    }),
  );
  await teamChanged(project);
}

export async function removeMember(project: string, id: string): Promise<void> {
  await unwrap(
    api.DELETE("/api/projects/{project}/members/{admin_id}", {
      params: { path: { project, admin_id: id } },
    }),
  );
  await teamChanged(project);
}

export async function revokeInvitation(project: string, id: string): Promise<void> {
  await unwrap(
    api.DELETE("/api/projects/{project}/invitations/{invitation_id}", {
      params: { path: { project, invitation_id: id } },
    }),
  );
  await teamChanged(project);
}

export async function archiveProject(project: string): Promise<void> {
  await unwrap(api.POST("/api/projects/{project}/archive", { params: pathOf(project) }));
  await queryClient.invalidateQueries(projectsQuery);
}

export async function deleteProject(project: string): Promise<void> {
  await unwrap(
    api.DELETE("/api/projects/{project}", {
      params: { ...pathOf(project), query: { confirm: project } },
    }),
  );
  await queryClient.invalidateQueries(projectsQuery);
}

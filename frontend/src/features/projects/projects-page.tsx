import { useSuspenseQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { ArchiveRestoreIcon, BoxesIcon, PlusIcon } from "lucide-react";
import { toast } from "sonner";

import { EmptyState } from "@/components/empty-state";
import { SubmitButton } from "@/components/form/form";
import { Page } from "@/components/page";
import { TitledDialog } from "@/components/titled-dialog";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { DialogFooter } from "@/components/ui/dialog";
import { useRestoreProject } from "@/features/projects/api";
import { ProjectForm } from "@/features/projects/components/project-form";
import { projectsRoute } from "@/features/projects/routes";
import { strings } from "@/features/projects/strings";
import type { Schemas } from "@/lib/api";
import { formatDay } from "@/lib/format";
import { asProblem } from "@/lib/problem";
import { projectsQuery } from "@/lib/projects";

type Project = Schemas["ProjectRead"];

export function ProjectsPage() {
  const { data: projects } = useSuspenseQuery(projectsQuery);
  const active = projects.filter((project) => project.state === "active");
  const archived = projects.filter((project) => project.state === "archived");
  return (
    <Page title={strings.projects} description={strings.about} actions={<CreateButton />}>
      {active.length > 0 ? <ProjectGrid projects={active} /> : <None />}
      {archived.length > 0 && <Archived projects={archived} />}
      <CreateDialog />
    </Page>
  );
}

function CreateButton() {
  return (
    <Button asChild>
      <Link to="/projects" search={{ create: true }}>
        <PlusIcon />
        {strings.create}
      </Link>
    </Button>
  );
}

function None() {
  return (
    <Card>
      <EmptyState icon={BoxesIcon} title={strings.noneTitle} action={<CreateButton />}>
        <p>{strings.noneAbout}</p>
      </EmptyState>
    </Card>
  );
}

function ProjectGrid({ projects }: { projects: Project[] }) {
  return (
    <ul className="grid gap-3 sm:grid-cols-2 lg:grid-cols-3">
      {projects.map((project) => (
        <li key={project.id}>
          <Link
            to="/projects/$project/overview"
            params={{ project: project.slug }}
            className="flex h-full flex-col gap-4 rounded-xl border bg-card p-4 transition-colors hover:border-input hover:bg-accent/40"
          >
            <span className="min-w-0">
              <span className="block truncate text-base font-medium">{project.name}</span>
              <span className="block truncate font-mono text-xs text-muted-foreground">
                {project.slug}
              </span>
            </span>
            <span className="mt-auto flex items-center justify-between gap-2 text-xs text-muted-foreground">
              <Badge variant="secondary">{project.role}</Badge>
              {strings.schemaVersion(project.schema_version)}
            </span>
          </Link>
        </li>
      ))}
    </ul>
  );
}

function Archived({ projects }: { projects: Project[] }) {
  const restore = useRestoreProject();

  function bringBack(project: Project) {
    restore.mutate(project.slug, {
      onSuccess: () => toast.success(strings.restored(project.name)),
      onError: (error) => toast.error(asProblem(error).body.detail),
    });
  }

  return (
    <section className="mt-10">
      <h2 className="text-base font-semibold">{strings.archived}</h2>
      <p className="mt-0.5 text-sm text-muted-foreground">{strings.archivedAbout}</p>
      <ul className="mt-3 divide-y rounded-xl border bg-card">
        {projects.map((project) => (
          <li key={project.id} className="flex items-center gap-3 px-4 py-2.5">
            <span className="min-w-0 flex-1">
              <span className="block truncate font-medium">{project.name}</span>
              <span className="text-xs text-muted-foreground">{formatDay(project.updated_at)}</span>
            </span>
            <Button variant="outline" size="sm" onClick={() => bringBack(project)}>
              <ArchiveRestoreIcon />
              {strings.restore}
            </Button>
          </li>
        ))}
      </ul>
    </section>
  );
}

function CreateDialog() {
  const { create } = projectsRoute.useSearch();
  const navigate = useNavigate();

  function close() {
    void navigate({ to: "/projects", search: {} });
  }

  function enter(project: Project) {
    toast.success(strings.created(project.name));
    void navigate({ to: `/projects/${project.slug}/overview` });
  }

  return (
    <TitledDialog title={strings.create} isOpen={create === true} onClose={close}>
      <ProjectForm onCreated={enter}>
        <DialogFooter>
          <Button variant="outline" onClick={close}>
            {strings.cancel}
          </Button>
          <SubmitButton>{strings.createAction}</SubmitButton>
        </DialogFooter>
      </ProjectForm>
    </TitledDialog>
  );
}

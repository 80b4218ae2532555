import { useNavigate } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import { toast } from "sonner";

import { ConfirmDialog } from "@/components/confirm-dialog/confirm-dialog";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { archiveProject, deleteProject } from "@/features/settings/api";
import { strings } from "@/features/settings/strings";
import type { Project } from "@/routing/project-route";

export function DangerZone({ project }: { project: Project }) {
  const navigate = useNavigate();
  const [asking, setAsking] = useState<"archive" | "delete" | null>(null);
  const isOwner = project.role === "owner";

  async function archive() {
    await archiveProject(project.slug);
    toast.success(strings.archived(project.name));
    await navigate({ to: "/projects" });
  }

  async function erase() {
    await deleteProject(project.slug);
    toast.success(strings.deleted(project.name));
    await navigate({ to: "/projects" });
  }

  return (
    <>
      <p className="mb-3 text-sm text-muted-foreground">{strings.dangerAbout}</p>
      <Card className="divide-y border-destructive/40">
        <Danger title={strings.archive} about={strings.archiveAbout}>
          <Button variant="outline" onClick={() => setAsking("archive")}>
            {strings.archiveAction}
          </Button>
        </Danger>
        <Danger title={strings.delete} about={strings.deleteAbout}>
          <Button
            variant="destructive"
            disabled={!isOwner}
            title={isOwner ? undefined : strings.ownersOnly}
            onClick={() => setAsking("delete")}
          >
            {strings.deleteAction}
          </Button>
        </Danger>
      </Card>
      <ConfirmDialog
        open={asking === "archive"}
        onOpenChange={(open) => !open && setAsking(null)}
        title={strings.archiveTitle(project.name)}
        description={strings.archiveAbout}
        action={strings.archiveAction}
        typed={project.slug}
        onConfirm={archive}
      />
      <ConfirmDialog
        open={asking === "delete"}
        onOpenChange={(open) => !open && setAsking(null)}
        title={strings.deleteTitle(project.name)}
        description={strings.deleteAbout}
        action={strings.deleteAction}
        typed={project.slug}
        onConfirm={erase}
      />
    </>
  );
}

function Danger({ title, about, children }: { title: string; about: string; children: ReactNode }) {
  return (
    <div className="flex flex-wrap items-center justify-between gap-3 px-5 py-4">
      <div className="min-w-0 flex-1 basis-64">
        <h2 className="text-sm font-medium">{title}</h2>
        <p className="text-sm text-muted-foreground">{about}</p>
      </div>
      {children}
    </div>
  );
}

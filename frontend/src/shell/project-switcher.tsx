import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { CheckIcon, ChevronsUpDownIcon, LayoutGridIcon, PlusIcon } from "lucide-react";

import { Button } from "@/components/ui/button";
import {
  DropdownMenu,
  DropdownMenuContent,
  DropdownMenuItem,
  DropdownMenuLabel,
  DropdownMenuSeparator,
  DropdownMenuTrigger,
} from "@/components/ui/dropdown-menu";
import { projectsQuery } from "@/lib/projects";
import type { Project } from "@/routing/project-route";
import { strings } from "@/shell/strings";

export function ProjectSwitcher({ project }: { project: Project }) {
  const { data: projects = [project] } = useQuery(projectsQuery);
  const navigate = useNavigate();
  const active = projects.filter((each) => each.state === "active");
  return (
    <DropdownMenu>
      <DropdownMenuTrigger asChild>
        <Button variant="ghost" className="min-w-0 shrink px-2" title={strings.switchProject}>
          <span className="truncate">{project.name}</span>
          <ChevronsUpDownIcon className="size-3.5 text-muted-foreground" />
        </Button>
      </DropdownMenuTrigger>
      <DropdownMenuContent align="start" className="w-60">
        <DropdownMenuLabel>{strings.projects}</DropdownMenuLabel>
        {active.map((each) => (
          <DropdownMenuItem
            key={each.id}
            onSelect={() => void navigate({ to: `/projects/${each.slug}/overview` })}
          >
            <span className="min-w-0 flex-1 truncate">{each.name}</span>
            {each.id === project.id && <CheckIcon />}
          </DropdownMenuItem>
        ))}
        <DropdownMenuSeparator />
        <DropdownMenuItem onSelect={() => void navigate({ to: "/projects" })}>
          <LayoutGridIcon />
          {strings.allProjects}
        </DropdownMenuItem>
        <DropdownMenuItem
          onSelect={() => void navigate({ to: "/projects", search: { create: true } })}
        >
          <PlusIcon />
          {strings.newProject}
        </DropdownMenuItem>
      </DropdownMenuContent>
    </DropdownMenu>
  );
}

import { Outlet } from "@tanstack/react-router";
import { MenuIcon } from "lucide-react";
import { useState } from "react";

import { Button } from "@/components/ui/button";
import { Sheet, SheetContent, SheetTitle, SheetTrigger } from "@/components/ui/sheet";
import { usePageTitles } from "@/routing/page-title";
import { useProject } from "@/routing/use-project";
import { Header } from "@/shell/header";
import { ProjectSwitcher } from "@/shell/project-switcher";
import { Sidebar } from "@/shell/sidebar";
import { strings } from "@/shell/strings";
import { WindowTitle } from "@/shell/window-title";

/** Around every screen of a project: header, sidebar, content. */
export function ProjectShell() {
  const project = useProject();
  const titles = usePageTitles();
  return (
    <div className="flex min-h-dvh flex-col">
      <WindowTitle parts={[project.name, ...titles]} />
      <Header menu={<Menu />}>
        <nav aria-label="Breadcrumbs" className="flex min-w-0 items-center gap-1">
          <ProjectSwitcher project={project} />
          {titles.map((title) => (
            <span key={title} className="hidden items-center gap-1.5 text-sm sm:flex">
              <span aria-hidden className="text-muted-foreground/60">
                /
              </span>
              <span className="px-1">{title}</span>
            </span>
          ))}
        </nav>
      </Header>
      <div className="flex flex-1">
        <aside className="sticky top-12 hidden h-[calc(100dvh-3rem)] w-52 shrink-0 overflow-y-auto border-r bg-sidebar [scrollbar-width:thin] lg:block">
          <Sidebar project={project.slug} />
        </aside>
        <main id="content" className="min-w-0 flex-1">
          <Outlet />
        </main>
      </div>
    </div>
  );
}

function Menu() {
  const [isOpen, setOpen] = useState(false);
  const project = useProject();
  return (
    <Sheet open={isOpen} onOpenChange={setOpen}>
      <SheetTrigger asChild>
        <Button variant="ghost" size="icon" aria-label={strings.menu} className="lg:hidden">
          <MenuIcon />
        </Button>
      </SheetTrigger>
      <SheetContent side="left" className="max-w-64 bg-sidebar">
        <SheetTitle className="truncate px-4 pt-3.5 pr-10 text-base">{project.name}</SheetTitle>
        <div className="min-h-0 flex-1 overflow-y-auto">
          <Sidebar project={project.slug} onNavigate={() => setOpen(false)} />
        </div>
      </SheetContent>
    </Sheet>
  );
}

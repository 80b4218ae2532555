import { Link } from "@tanstack/react-router";

import { type Screen, SECTIONS } from "@/lib/feature";
import { screens } from "@/registry";
import { strings } from "@/shell/strings";

export function Sidebar({ project, onNavigate }: { project: string; onNavigate?: () => void }) {
  return (
    <nav aria-label={strings.navigation} className="grid gap-4 p-2.5">
      {SECTIONS.map((section) => {
        const inside = screens.filter((screen) => screen.section === section);
        if (inside.length === 0) return null;
        return (
          <div key={section}>
            {section && (
              <p className="px-2 pb-1 text-xs font-medium text-muted-foreground">{section}</p>
            )}
            <ul className="grid gap-px">
              {inside.map((screen) => (
                <li key={screen.to}>
                  <ScreenLink project={project} screen={screen} onNavigate={onNavigate} />
                </li>
              ))}
            </ul>
          </div>
        );
      })}
    </nav>
  );
}

function ScreenLink({
  project,
  screen,
  onNavigate,
}: {
  project: string;
  screen: Screen;
  onNavigate?: () => void;
}) {
  const Icon = screen.icon;
  return (
    <Link
      to={`/projects/${project}/${screen.to}`}
      onClick={onNavigate}
      className="flex h-8 items-center gap-2.5 rounded-md px-2 text-sm text-muted-foreground transition-colors hover:bg-sidebar-accent hover:text-foreground max-lg:h-10 [&.active]:bg-sidebar-accent [&.active]:font-medium [&.active]:text-foreground [&.active_svg]:text-primary"
    >
      <Icon className="size-4 shrink-0" />
      {screen.label}
    </Link>
  );
}

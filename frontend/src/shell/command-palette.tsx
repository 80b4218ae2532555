import { createContext, type ReactNode, use, useState } from "react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams } from "@tanstack/react-router";
import { BoxIcon, LogOutIcon, MoonIcon, PlusIcon, SettingsIcon, TableIcon } from "lucide-react";

import {
  Command,
  CommandEmpty,
  CommandGroup,
  CommandInput,
  CommandItem,
  CommandList,
} from "@/components/ui/command";
import { Dialog, DialogContent, DialogTitle } from "@/components/ui/dialog";
import { collectionsQuery } from "@/lib/collections";
import { projectsQuery } from "@/lib/projects";
import { setTheme, useTheme } from "@/lib/theme";
import { screens } from "@/registry";
import { strings } from "@/shell/strings";
import { useSignOut } from "@/shell/use-sign-out";

/** Between what people read and what tells items of one name apart. */
const SEPARATOR = "\n";

/** Names before words that are only related. */
function matches(value: string, search: string, keywords: string[] = []): number {
  const wanted = search.trim().toLowerCase();
  const [label = ""] = value.toLowerCase().split(SEPARATOR);
  if (label.includes(wanted)) return label.startsWith(wanted) ? 1 : 0.8;
  return keywords.some((word) => word.toLowerCase().startsWith(wanted)) ? 0.5 : 0;
}

const Searching = createContext(false);

/** A group until something is searched for: then the best match comes first, whatever its group. */
function Section({ heading, children }: { heading: string; children: ReactNode }) {
  if (use(Searching)) return <>{children}</>;
  return <CommandGroup heading={heading}>{children}</CommandGroup>;
}

type Run = (action: () => unknown) => () => void;

export default function CommandPalette({
  open,
  onOpenChange,
}: {
  open: boolean;
  onOpenChange: (open: boolean) => void;
}) {
  const { project } = useParams({ strict: false }) as { project?: string };
  const [search, setSearch] = useState("");

  const run: Run = (action) => () => {
    onOpenChange(false);
    void action();
  };

  return (
    <Dialog open={open} onOpenChange={onOpenChange}>
      <DialogContent className="max-w-xl gap-0 p-0 [&>button]:hidden">
        <DialogTitle className="sr-only">{strings.search}</DialogTitle>
        <Command loop filter={matches}>
          <CommandInput
            placeholder={strings.searchPlaceholder}
            value={search}
            onValueChange={setSearch}
          />
          <CommandList>
            <CommandEmpty>{strings.noMatch}</CommandEmpty>
            <Searching value={search.trim() !== ""}>
              {project && <Screens project={project} run={run} />}
              {project && <Collections project={project} run={run} />}
              <Projects run={run} />
              <General run={run} />
            </Searching>
          </CommandList>
        </Command>
      </DialogContent>
    </Dialog>
  );
}

function Screens({ project, run }: { project: string; run: Run }) {
  const navigate = useNavigate();
  return (
    <Section heading={strings.screens}>
      {screens.map(({ to, label, icon: Icon, section, keywords }) => (
        <CommandItem
          key={to}
          value={`${label}${SEPARATOR}screen`}
          keywords={[section, ...(keywords ?? [])]}
          onSelect={run(() => navigate({ to: `/projects/${project}/${to}` }))}
        >
          <Icon />
          {label}
        </CommandItem>
      ))}
    </Section>
  );
}

function Collections({ project, run }: { project: string; run: Run }) {
  const { data: collections = [] } = useQuery(collectionsQuery(project));
  const navigate = useNavigate();
  if (collections.length === 0) return null;
  return (
    <Section heading={strings.collections}>
      {collections.map((collection) => (
        <CommandItem
          key={collection.name}
          value={`${collection.label ?? collection.name}${SEPARATOR}${collection.name}`}
          keywords={[collection.name]}
          onSelect={run(() => navigate({ to: `/projects/${project}/data/${collection.name}` }))}
        >
          <TableIcon />
          {collection.label ?? collection.name}
        </CommandItem>
      ))}
    </Section>
  );
}

function Projects({ run }: { run: Run }) {
  const { data: projects = [] } = useQuery(projectsQuery);
  const navigate = useNavigate();
  const active = projects.filter((each) => each.state === "active");
  return (
    <Section heading={strings.projects}>
      {active.map((each) => (
        <CommandItem
          key={each.id}
          value={`${each.name}${SEPARATOR}${each.slug}`}
          keywords={[each.slug]}
          onSelect={run(() => navigate({ to: `/projects/${each.slug}/overview` }))}
        >
          <BoxIcon />
          {each.name}
        </CommandItem>
      ))}
      <CommandItem onSelect={run(() => navigate({ to: "/projects", search: { create: true } }))}>
        <PlusIcon />
        {strings.newProject}
      </CommandItem>
    </Section>
  );
}

function General({ run }: { run: Run }) {
  const navigate = useNavigate();
  const signOut = useSignOut();
  const { isDark } = useTheme();
  const other = isDark ? "light" : "dark";
  return (
    <Section heading={strings.general}>
      <CommandItem onSelect={run(() => navigate({ to: "/account" }))}>
        <SettingsIcon />
        {strings.account}
      </CommandItem>
      <CommandItem onSelect={run(() => setTheme(other))}>
        <MoonIcon />
        {strings.theme}: {strings.themes[other]}
      </CommandItem>
      <CommandItem onSelect={run(signOut)}>
        <LogOutIcon />
        {strings.signOut}
      </CommandItem>
    </Section>
  );
}

import { keepPreviousData, useInfiniteQuery, useSuspenseQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Building2Icon, ChevronRightIcon, PlusIcon, SearchIcon } from "lucide-react";
import type { ReactNode } from "react";
import { toast } from "sonner";

import { EmptyState } from "@/components/empty-state";
import { ErrorPanel } from "@/components/error-panel";
import { Page } from "@/components/page";
import { SearchInput } from "@/components/search-input";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Skeleton } from "@/components/ui/skeleton";
import { enabledQuery, type Org, orgsQuery, turnOn } from "@/features/organisations/api";
import { OrgSheet } from "@/features/organisations/components/org-sheet";
import { organisationsRoute, type OrganisationsSearch } from "@/features/organisations/routes";
import { strings } from "@/features/organisations/strings";
import { formatDay } from "@/lib/format";
import { asProblem } from "@/lib/problem";
import { useIsAdmin } from "@/routing/use-project";

export function OrganisationsPage() {
  const { project } = organisationsRoute.useParams();
  const { data: isEnabled } = useSuspenseQuery(enabledQuery(project));
  return isEnabled ? <Listed project={project} /> : <Off project={project} />;
}

function Off({ project }: { project: string }) {
  const isAdmin = useIsAdmin();

  function turn() {
    turnOn(project).then(
      () => toast.success(strings.turnedOn),
      (error: unknown) => toast.error(asProblem(error).body.detail),
    );
  }

  return (
    <Page title={strings.title} description={strings.about}>
      <Card>
        <EmptyState
          icon={Building2Icon}
          title={strings.offTitle}
          action={isAdmin && <Button onClick={turn}>{strings.turnOn}</Button>}
        >
          <p>{strings.offAbout}</p>
        </EmptyState>
      </Card>
    </Page>
  );
}

function Listed({ project }: { project: string }) {
  const { search = "" } = organisationsRoute.useSearch();
  const navigate = useNavigate();
  const { list, orgs } = useOrgs(project, search);

  function look(change: Partial<OrganisationsSearch>, replace = false) {
    const next = (now: OrganisationsSearch) => ({ ...now, ...change });
    void navigate({ from: organisationsRoute.fullPath, to: ".", search: next, replace });
  }

  const create = <Create onCreate={() => look({ org: "new" })} />;
  const isBare = list.isSuccess && orgs.length === 0 && search === "";
  return (
    <Page title={strings.title} description={strings.about} actions={!isBare && create}>
      {!isBare && (
        <SearchInput
          label={strings.search}
          value={search}
          className="mb-3"
          onChange={(words) => look({ search: words || undefined }, true)}
        />
      )}
      {list.isError && <ErrorPanel error={list.error} onRetry={() => void list.refetch()} />}
      {list.isPending && <Skeleton role="status" aria-label="Loading" className="h-60" />}
      {list.isSuccess && (
        <Card className="overflow-hidden">
          {orgs.length === 0 ? (
            <None isFiltered={search !== ""} action={create} />
          ) : (
            <Rows orgs={orgs} onOpen={(org) => look({ org })} />
          )}
          {list.hasNextPage && <More onMore={() => void list.fetchNextPage()} />}
        </Card>
      )}
      <OrgSheet onLook={look} />
    </Page>
  );
}

function useOrgs(project: string, words: string) {
  const list = useInfiniteQuery({
    ...orgsQuery(project, words),
    placeholderData: keepPreviousData,
  });
  return { list, orgs: list.data?.pages.flatMap(({ data }) => data) ?? [] };
}

function Create({ onCreate }: { onCreate: () => void }) {
  if (!useIsAdmin()) return null;
  return (
    <Button onClick={onCreate}>
      <PlusIcon />
      {strings.create}
    </Button>
  );
}

function More({ onMore }: { onMore: () => void }) {
  return (
    <div className="border-t p-2 text-center">
      <Button variant="ghost" onClick={onMore}>
        {strings.more}
      </Button>
    </div>
  );
}

function None({ isFiltered, action }: { isFiltered: boolean; action: ReactNode }) {
  if (isFiltered) return <EmptyState icon={SearchIcon} title={strings.noMatch} />;
  return (
    <EmptyState icon={Building2Icon} title={strings.noneTitle} action={action}>
      <p>{strings.noneAbout}</p>
    </EmptyState>
  );
}

function Rows({ orgs, onOpen }: { orgs: Org[]; onOpen: (id: string) => void }) {
  return (
    <ul aria-label={strings.list} className="divide-y">
      {orgs.map((org) => (
        <li key={org.id}>
          <button
            type="button"
            className="flex w-full items-center gap-4 px-4 py-3 text-left outline-offset-[-2px] hover:bg-accent/50"
            onClick={() => onOpen(org.id)}
          >
            <span className="min-w-0 flex-1">
              <span className="block truncate font-medium">{org.name}</span>
              <span className="block truncate text-xs text-muted-foreground">
                {org.slug && <code className="font-mono">{org.slug} · </code>}
                {strings.made(formatDay(org.created_at))}
              </span>
            </span>
            <ChevronRightIcon aria-hidden className="size-4 shrink-0 text-muted-foreground" />
          </button>
        </li>
      ))}
    </ul>
  );
}

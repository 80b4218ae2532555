import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { UsersIcon } from "lucide-react";
import { useCallback, useMemo } from "react";

import { DataTable } from "@/components/data-table/data-table";
import { EmptyState } from "@/components/empty-state";
import { ErrorPanel } from "@/components/error-panel";
import { Skeleton } from "@/components/ui/skeleton";
import { invitationsQuery, usersQuery } from "@/features/users/api";
import { columnsOf } from "@/features/users/columns";
import { CreateButton, Toolbar } from "@/features/users/components/toolbar";
import { UserSheet } from "@/features/users/components/user-sheet";
import { strings } from "@/features/users/strings";
import { useUsersSearch } from "@/features/users/use-users-search";

export function UsersPage() {
  const { project, search, update, role } = useUsersSearch();
  const { search: words, status, role: ofRole } = search;
  const list = useInfiniteQuery({
    ...usersQuery(project, { search: words, status, role: ofRole }),
    placeholderData: keepPreviousData,
  });
  const { data: invitations } = useQuery({
    ...invitationsQuery(project),
    enabled: role !== "viewer",
  });
  const { fetchNextPage } = list;
  const rows = useMemo(() => list.data?.pages.flatMap((page) => page.data) ?? [], [list.data]);
  const columns = useMemo(() => columnsOf(new Set(invitations?.keys())), [invitations]);
  const more = useCallback(() => void fetchNextPage(), [fetchNextPage]);
  const isFiltered = Boolean(words ?? status ?? ofRole);
  return (
    <div className="flex h-[calc(100dvh-3rem)] min-h-0 flex-col">
      <Toolbar
        count={list.isSuccess ? strings.count(rows.length, list.hasNextPage) : ""}
        hasUsers={rows.length > 0 || isFiltered}
      />
      {list.isError && (
        <ErrorPanel error={list.error} onRetry={() => void list.refetch()} className="m-4" />
      )}
      {list.isPending && <Loading />}
      {list.isSuccess && rows.length === 0 && <None isFiltered={isFiltered} />}
      {rows.length > 0 && (
        <DataTable
          label={strings.grid}
          columns={columns}
          rows={rows}
          rowId={(user) => user.id}
          onOpen={(user) => update({ user: user.id })}
          hasMore={list.hasNextPage}
          onMore={more}
          className="min-h-0 flex-1"
        />
      )}
      <UserSheet />
    </div>
  );
}

function None({ isFiltered }: { isFiltered: boolean }) {
  return (
    <EmptyState
      icon={UsersIcon}
      title={isFiltered ? strings.noMatch : strings.noneTitle}
      action={!isFiltered && <CreateButton />}
      className="flex-1 justify-center"
    >
      <p>{isFiltered ? strings.noMatchAbout : strings.noneAbout}</p>
    </EmptyState>
  );
}

function Loading() {
  return (
    <div role="status" aria-label="Loading" className="grid gap-2 p-3">
      {Array.from({ length: 12 }, (_, index) => (
        <Skeleton key={index} className="h-7" />
      ))}
    </div>
  );
}

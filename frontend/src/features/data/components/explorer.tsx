import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { useCallback, useDeferredValue, useMemo, useState } from "react";

import { DataTable } from "@/components/data-table/data-table";
import type { Sort } from "@/components/data-table/types";
import { ErrorPanel } from "@/components/error-panel";
import { Skeleton } from "@/components/ui/skeleton";
import { listQuery } from "@/features/data/api";
import { columnsOf } from "@/features/data/columns";
import { NoRecords } from "@/features/data/components/no-records";
import { RecordDrawer } from "@/features/data/components/record-drawer";
import { SelectionBar } from "@/features/data/components/selection-bar";
import { Toolbar } from "@/features/data/components/toolbar";
import { ImportSheet } from "@/features/data/importing/import-sheet";
import { useLive } from "@/features/data/use-live";
import { useDataSearch } from "@/features/data/use-data-search";
import type { Collection } from "@/lib/collections";
import { collectionLabel } from "@/lib/fields";
import { useMayWrite } from "@/routing/use-project";

export type ExplorerProps = {
  project: string;
  collection: Collection;
  collections: readonly Collection[];
};

export function Explorer({ project, collection, collections }: ExplorerProps) {
  const { search, update } = useDataSearch();
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const list = useInfiniteQuery({
    ...listQuery(project, collection, { filter: search.filter, sort: search.sort }),
    placeholderData: keepPreviousData,
  });
  const { fetchNextPage } = list;
  useLive(project, collection.name, list.data?.pages.length ?? 0);
  const rows = useMemo(() => list.data?.pages.flatMap((page) => page.data) ?? [], [list.data]);
  const mayWrite = useMayWrite();
  const columns = useMemo(() => {
    const all = columnsOf(project, collection, collections);
    return mayWrite ? all : all.map((column) => ({ ...column, edit: undefined }));
  }, [project, collection, collections, mayWrite]);
  const hidden = useMemo(() => new Set<string>(search.hide?.split(",") ?? []), [search.hide]);
  // The menu answers at once; the rows follow.
  const drawnHidden = useDeferredValue(hidden);
  const more = useCallback(() => void fetchNextPage(), [fetchNextPage]);
  const label = collectionLabel(collection);
  return (
    <section className="flex min-w-0 flex-1 flex-col">
      <Toolbar
        project={project}
        collection={collection}
        collections={collections}
        columns={columns}
        hidden={hidden}
        list={list.data?.pages[0]}
        shown={rows.length}
      />
      {list.isError && (
        <ErrorPanel error={list.error} onRetry={() => void list.refetch()} className="m-4" />
      )}
      {list.isPending && <Loading />}
      {list.isSuccess && rows.length === 0 && <NoRecords isFiltered={Boolean(search.filter)} />}
      {rows.length > 0 && (
        <DataTable
          label={label}
          columns={columns}
          rows={rows}
          rowId={(row) => String(row.id)}
          hidden={drawnHidden}
          sort={parseSort(search.sort)}
          onSort={(sort) => update({ sort: writeSort(sort) })}
          selected={selected}
          onSelect={mayWrite ? setSelected : undefined}
          onOpen={(row) => update({ record: String(row.id) })}
          hasMore={list.hasNextPage}
          onMore={more}
          className="min-h-0 flex-1"
        />
      )}
      <SelectionBar
        project={project}
        collection={collection}
        collections={collections}
        selected={selected}
        loaded={rows.length}
        hasMore={list.hasNextPage}
        onClear={() => setSelected(new Set())}
      />
      <ImportSheet project={project} collection={collection} collections={collections} />
      <RecordDrawer project={project} collection={collection} collections={collections} />
    </section>
  );
}

function Loading() {
  return (
    <div role="status" aria-label="Loading" className="grid gap-2 p-3">
      {Array.from({ length: 14 }, (_, index) => (
        <Skeleton key={index} className="h-7" />
      ))}
    </div>
  );
}

function parseSort(sort: string | undefined): Sort | null {
  if (!sort) return null;
  return { column: sort.replace(/^-/, ""), isDescending: sort.startsWith("-") };
}

function writeSort(sort: Sort | null): string | undefined {
  return sort ? `${sort.isDescending ? "-" : ""}${sort.column}` : undefined;
}

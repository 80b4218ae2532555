import { type InfiniteData, infiniteQueryOptions, queryOptions } from "@tanstack/react-query";

import { exchange, request } from "@/lib/api";
import type { Collection } from "@/lib/collections";
import { listen } from "@/lib/live";
import { queryClient } from "@/lib/query";

export type RecordData = { id: string | number } & Record<string, unknown>;

export type List = {
  data: RecordData[];
  page: { limit: number; has_more: boolean; next_cursor: string | null };
  total?: number;
  total_capped?: boolean;
};

export type Change = {
  n: number;
  seq: number | null;
  at: string;
  action: string;
  actor: string | null;
  before: RecordData | null;
  after: RecordData | null;
  diff: Record<string, { before: unknown; after: unknown }>;
};

export type Filter = Record<string, unknown>;
export type ListState = { filter?: Filter; sort?: string };

/** What a bulk change is about: at most so many records, or it is refused as a whole. */
export type Selection = { where: Filter; count: number };

const PAGE = 100;
// As JSON numbers, decimals and long integers would lose digits here.
const EXACT = { headers: { Prefer: "numbers=string" } };

export function base(project: string, collection: string): string {
  return `/api/projects/${project}/data/${collection}`;
}

/** The query of a list, as anybody would write it. */
export function listParameters(collection: Collection, state: ListState): URLSearchParams {
  const query = new URLSearchParams();
  if (state.filter) query.set("filter", JSON.stringify(state.filter));
  if (state.sort) query.set("sort", state.sort);
  const expanded = collection.fields
    .filter((field) => field.type === "relation" && field.kind === "belongs_to")
    .map((field) => field.name);
  if (expanded.length > 0) query.set("expand", expanded.join(","));
  return query;
}

export function listQuery(project: string, collection: Collection, state: ListState) {
  return infiniteQueryOptions({
    queryKey: ["project", project, "data", collection.name, "list", state],
    queryFn: ({ pageParam }) => {
      const query = listParameters(collection, state);
      query.set("limit", String(PAGE));
      if (pageParam) query.set("cursor", pageParam);
      else query.set("count", "capped");
      return request<List>(`${base(project, collection.name)}?${query}`, EXACT);
    },
    initialPageParam: "",
    getNextPageParam: (last) => last.page.next_cursor ?? undefined,
  });
}

export function recordQuery(project: string, collection: string, id: string) {
  return queryOptions({
    queryKey: ["project", project, "data", collection, "record", id],
    queryFn: async () => {
      const { body, headers } = await exchange<RecordData>(
        `${base(project, collection)}/${encodeURIComponent(id)}`,
        EXACT,
      );
      return { record: body, etag: headers.get("etag") };
    },
    staleTime: 0,
  });
}

export function historyQuery(project: string, collection: string, id: string) {
  return queryOptions({
    queryKey: ["project", project, "data", collection, "history", id],
    queryFn: () =>
      request<{ data: Change[] }>(
        `${base(project, collection)}/${encodeURIComponent(id)}/history`,
      ).then((page) => page.data),
    staleTime: 0,
  });
}

/** How many records meet a filter, however many that are. */
export async function countRecords(
  project: string,
  collection: string,
  filter: Filter | undefined,
): Promise<number> {
  const query = new URLSearchParams({ limit: "1", count: "exact", fields: "id" });
  if (filter) query.set("filter", JSON.stringify(filter));
  return (await request<List>(`${base(project, collection)}?${query}`)).total ?? 0;
}

/** The first few records whose relation leads to a record. */
export function relatedQuery(
  project: string,
  collection: string,
  relation: string,
  id: string | number,
) {
  return queryOptions({
    queryKey: ["project", project, "data", collection, "related", relation, id],
    queryFn: () => {
      const filter = JSON.stringify({ [relation]: id });
      const query = new URLSearchParams({ filter, limit: "5" });
      return request<List>(`${base(project, collection)}?${query}`);
    },
  });
}

export function searchQuery(project: string, collection: string, label: string, words: string) {
  return queryOptions({
    queryKey: ["project", project, "data", collection, "search", label, words],
    queryFn: () => {
      const query = new URLSearchParams({ limit: "20" });
      if (words) query.set("filter", JSON.stringify({ [`${label}__icontains`]: words }));
      return request<List>(`${base(project, collection)}?${query}`).then((list) => list.data);
    },
  });
}

/** What is shown of a collection is read anew. */
export function changed(project: string, collection: string): Promise<void> {
  return queryClient.invalidateQueries({ queryKey: ["project", project, "data", collection] });
}

/** As `changed`, but for single records: one that is still shown may be among those that went. */
function deleted(project: string, collection: string): Promise<void> {
  return queryClient.invalidateQueries({
    queryKey: ["project", project, "data", collection],
    predicate: ({ queryKey }) => queryKey[4] !== "record",
  });
}

export async function createRecord(project: string, collection: string, values: unknown) {
  const body = JSON.stringify(values);
  await request(base(project, collection), { method: "POST", body });
  await changed(project, collection);
}

export async function updateRecord(
  project: string,
  collection: string,
  id: string,
  values: unknown,
  etag: string | null,
) {
  await request(`${base(project, collection)}/${encodeURIComponent(id)}`, {
    method: "PATCH",
    body: JSON.stringify(values),
    headers: etag ? { "If-Match": etag } : {},
  });
  await changed(project, collection);
}

/** One field of one record: shown at once, taken back where the API refuses it. */
export async function editCell(
  project: string,
  collection: string,
  row: RecordData,
  change: Record<string, unknown>,
  shown: Record<string, unknown>,
): Promise<void> {
  const lists = { queryKey: ["project", project, "data", collection, "list"] };
  await queryClient.cancelQueries(lists);
  const put = (next: RecordData) =>
    queryClient.setQueriesData<InfiniteData<List>>(lists, (held) => withRow(held, next));
  put({ ...row, ...change, ...shown });
  try {
    const { body, headers } = await exchange<RecordData>(
      `${base(project, collection)}/${encodeURIComponent(row.id)}`,
      { ...EXACT, method: "PATCH", body: JSON.stringify(change) },
    );
    noteOwn(headers);
    put({ ...row, ...shown, ...body });
  } catch (error) {
    put(row);
    throw error;
  }
  for (const part of ["record", "history"]) {
    const queryKey = ["project", project, "data", collection, part, String(row.id)];
    await queryClient.invalidateQueries({ queryKey });
  }
}

function withRow(
  held: InfiniteData<List> | undefined,
  row: RecordData,
): InfiniteData<List> | undefined {
  if (!held) return held;
  const pages = held.pages.map((page) =>
    page.data.some((each) => each.id === row.id)
      ? { ...page, data: page.data.map((each) => (each.id === row.id ? row : each)) }
      : page,
  );
  return { ...held, pages };
}

export function selectionOf(collection: Collection, shown: Iterable<string>): Selection {
  const ids = [...shown].map((id) => (collection.id_type === "int" ? Number(id) : id));
  return { where: { id__in: ids }, count: ids.length };
}

/** The request's id, by which it can be undone. */
export async function changeMany(
  project: string,
  collection: string,
  selection: Selection,
  data: Record<string, unknown> | null,
): Promise<string | null> {
  const { headers } = await exchange(`/api/projects/${project}/batch`, {
    method: "POST",
    headers: { Prefer: "return=minimal" },
    body: JSON.stringify({
      atomic: true,
      operations: [
        {
          op: data ? "update" : "delete",
          collection,
          where: selection.where,
          max_affected: selection.count,
          ...(data && { data }),
        },
      ],
    }),
  });
  noteOwn(headers);
  await (data ? changed : deleted)(project, collection);
  return headers.get("x-request-id");
}

export async function undo(project: string, requestId: string): Promise<void> {
  await request(`/api/projects/${project}/changes/undo`, {
    method: "POST",
    body: JSON.stringify({ request_id: requestId }),
  });
  await queryClient.invalidateQueries({ queryKey: ["project", project, "data"] });
}

export async function revert(project: string, collection: string, id: string, seq: number) {
  await request(`${base(project, collection)}/${encodeURIComponent(id)}/revert`, {
    method: "POST",
    body: JSON.stringify({ seq }),
  });
  await changed(project, collection);
}

/** Hear of changes that others make, until `signal` says stop. */
export function listenToChanges(
  project: string,
  collection: string,
  onChange: () => void,
  signal: AbortSignal,
): void {
  const path = `/api/projects/${project}/realtime?${new URLSearchParams({ collection })}`;
  void listen(
    path,
    (event) => {
      const told = JSON.parse(event.data) as { request_id?: string };
      if (!told.request_id || !own.has(told.request_id)) onChange();
    },
    signal,
  );
}

const MOST_OWN = 200;
const own = new Set<string>();

/** What this console wrote itself is shown already. */
function noteOwn(headers: Headers): void {
  const id = headers.get("x-request-id");
  if (id) own.add(id);
  const [oldest] = own;
  if (own.size > MOST_OWN && oldest !== undefined) own.delete(oldest);
}

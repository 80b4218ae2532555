import { keepPreviousData, queryOptions } from "@tanstack/react-query";

import { request } from "@/lib/api";

export type StoredRecord = { id: string | number } & Record<string, unknown>;

function base(project: string, collection: string): string {
  return `/api/projects/${project}/data/${collection}`;
}

/** A few records of which the label holds the words: what pickers show. */
export function foundRecordsQuery(
  project: string,
  collection: string,
  label: string,
  words: string,
) {
  return queryOptions({
    queryKey: ["project", project, "data", collection, "found", label, words],
    queryFn: () => {
      const query = new URLSearchParams({ limit: "20" });
      const isSearchable = words !== "" && label !== "id";
      if (isSearchable) query.set("filter", JSON.stringify({ [`${label}__icontains`]: words }));
      return request<{ data: StoredRecord[] }>(`${base(project, collection)}?${query}`).then(
        (list) => list.data,
      );
    },
    placeholderData: keepPreviousData,
  });
}

export function storedRecordQuery(project: string, collection: string, id: string) {
  return queryOptions({
    queryKey: ["project", project, "data", collection, "one", id],
    queryFn: () => request<StoredRecord>(`${base(project, collection)}/${encodeURIComponent(id)}`),
  });
}

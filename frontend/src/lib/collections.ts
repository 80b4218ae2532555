import { queryOptions } from "@tanstack/react-query";

import { request } from "@/lib/api";

/** A field as the API shows it; options differ by type. */
export type Field = {
  id?: string;
  name: string;
  type: string;
  label?: string;
  description?: string;
  required?: boolean;
  unique?: boolean;
  index?: boolean | string;
  read_only?: boolean;
  hidden?: boolean;
  searchable?: boolean;
  default?: unknown;
  values?: string[];
  kind?: "belongs_to" | "has_many" | "many_to_many";
  to?: string;
} & Record<string, unknown>;

export type Collection = {
  id?: string;
  name: string;
  label?: string;
  description?: string;
  id_type?: string;
  fields: Field[];
  indexes?: { fields: string[] }[];
  unique?: string[][];
  history?: string;
} & Record<string, unknown>;

export type SchemaState = {
  version: number;
  hash: string;
  schema: { collections: Collection[] };
  has_draft: boolean;
};

/** The schema in force. */
export function schemaQuery(project: string) {
  return queryOptions({
    queryKey: ["project", project, "schema"],
    queryFn: () => request<SchemaState>(`/api/projects/${project}/schema`),
    staleTime: 30_000,
  });
}

/** The collections in force, `users` among them. */
export function collectionsQuery(project: string) {
  return queryOptions({
    ...schemaQuery(project),
    select: (state: SchemaState) => state.schema.collections,
  });
}

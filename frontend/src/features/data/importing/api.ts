import { base, changed, type ListState } from "@/features/data/api";
import { download, upload } from "@/lib/api";

export type ExportFormat = "csv" | "ndjson" | "json";

/** Every record of a list as it is filtered and sorted, into a file. */
export async function exportRecords(
  project: string,
  collection: string,
  state: ListState & { fields?: string[] },
  format: ExportFormat,
): Promise<void> {
  const query = new URLSearchParams({ format });
  if (state.filter) query.set("filter", JSON.stringify(state.filter));
  if (state.sort) query.set("sort", state.sort);
  if (state.fields) query.set("fields", state.fields.join(","));
  await download(`${base(project, collection)}/export?${query}`, `${collection}.${format}`);
}

export type Report = {
  inserted: number;
  updated: number;
  failed: number;
  errors: { row: number; pointer: string; code: string; message: string }[];
};

export type ImportOptions = {
  /** Fields that find the record to update; null: every row is a new record. */
  conflict: string | null;
  isDryRun: boolean;
  isPartial: boolean;
  nulls: string[];
  /** From the file's names to fields; null leaves one out. */
  columns: Record<string, string | null>;
  type: string;
};

export async function importFile(
  project: string,
  collection: string,
  file: File,
  options: ImportOptions,
  onProgress: (part: number) => void,
  signal: AbortSignal,
): Promise<Report> {
  const query = new URLSearchParams({ columns: JSON.stringify(options.columns) });
  if (options.conflict !== null) {
    query.set("mode", "upsert");
    query.set("on_conflict", options.conflict);
  }
  if (options.isDryRun) query.set("dry_run", "true");
  if (options.isPartial) query.set("partial", "true");
  for (const word of options.nulls) query.append("null", word);
  const path = `${base(project, collection)}/import?${query}`;
  const report = await upload<Report>(path, file, options.type, onProgress, signal);
  if (!options.isDryRun) await changed(project, collection);
  return report;
}

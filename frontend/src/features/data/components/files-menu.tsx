import { ArrowDownUpIcon, DownloadIcon, UploadIcon } from "lucide-react";
import { toast } from "sonner";

import type { Column } from "@/components/data-table/types";
import { Button } from "@/components/ui/button";
import {
  DropdownMenu,
  DropdownMenuContent,
  DropdownMenuItem,
  DropdownMenuLabel,
  DropdownMenuSeparator,
  DropdownMenuTrigger,
} from "@/components/ui/dropdown-menu";
import type { RecordData } from "@/features/data/api";
import type { ExplorerProps } from "@/features/data/components/explorer";
import { type ExportFormat, exportRecords } from "@/features/data/importing/api";
import { strings } from "@/features/data/strings";
import { useDataSearch } from "@/features/data/use-data-search";
import { asProblem } from "@/lib/problem";
import { useMayWrite } from "@/routing/use-project";

const FORMATS = Object.entries(strings.exportFormats) as [ExportFormat, string][];

/** Files in and out. */
export function FilesMenu({
  project,
  collection,
  columns,
  hidden,
}: ExplorerProps & { columns: readonly Column<RecordData>[]; hidden: ReadonlySet<string> }) {
  const { search, update } = useDataSearch();
  const mayWrite = useMayWrite();

  function save(format: ExportFormat) {
    const fields =
      hidden.size === 0 ? undefined : columns.map(({ id }) => id).filter((id) => !hidden.has(id));
    const state = { filter: search.filter, sort: search.sort, fields };
    toast.promise(exportRecords(project, collection.name, state, format), {
      loading: strings.exporting,
      success: strings.exported,
      error: (error: unknown) => asProblem(error).body.detail,
    });
  }

  return (
    <DropdownMenu>
      <DropdownMenuTrigger asChild>
        <Button variant="outline" title={strings.files}>
          <ArrowDownUpIcon />
          <span className="sr-only">{strings.files}</span>
        </Button>
      </DropdownMenuTrigger>
      <DropdownMenuContent align="end" className="max-w-64">
        {mayWrite && (
          <>
            <DropdownMenuItem onSelect={() => update({ import: true })}>
              <UploadIcon />
              {strings.importMenu}
            </DropdownMenuItem>
            <DropdownMenuSeparator />
          </>
        )}
        <DropdownMenuLabel>{strings.exportAbout}</DropdownMenuLabel>
        {FORMATS.map(([format, label]) => (
          <DropdownMenuItem key={format} onSelect={() => save(format)}>
            <DownloadIcon />
            {strings.exportAs(label)}
          </DropdownMenuItem>
        ))}
      </DropdownMenuContent>
    </DropdownMenu>
  );
}

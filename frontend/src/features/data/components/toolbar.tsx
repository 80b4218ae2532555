import { useNavigate } from "@tanstack/react-router";
import { CodeIcon, PlusIcon } from "lucide-react";

import { CodeSnippet } from "@/components/code-snippet/code-snippet";
import { ColumnMenu } from "@/components/data-table/column-menu";
import type { Column } from "@/components/data-table/types";
import { Button } from "@/components/ui/button";
import { Popover, PopoverContent, PopoverTrigger } from "@/components/ui/popover";
import {
  Select,
  SelectContent,
  SelectItem,
  SelectTrigger,
  SelectValue,
} from "@/components/ui/select";
import { type List, listParameters, type RecordData } from "@/features/data/api";
import type { ExplorerProps } from "@/features/data/components/explorer";
import { FilesMenu } from "@/features/data/components/files-menu";
import { FilterMenu } from "@/features/data/components/filter-menu";
import { strings } from "@/features/data/strings";
import { useDataSearch } from "@/features/data/use-data-search";
import { collectionLabel } from "@/lib/fields";
import { useMayWrite } from "@/routing/use-project";

type Props = ExplorerProps & {
  columns: readonly Column<RecordData>[];
  hidden: ReadonlySet<string>;
  list: List | undefined;
  shown: number;
};

export function Toolbar(props: Props) {
  const { project, collection, collections, columns, hidden, list, shown } = props;
  const { update } = useDataSearch();
  const mayWrite = useMayWrite();
  return (
    <div className="flex flex-wrap items-center gap-2 border-b px-3 py-2">
      <h1 className="max-md:sr-only">
        <span className="text-base font-semibold">{collectionLabel(collection)}</span>
      </h1>
      <CollectionChoice project={project} collection={collection} collections={collections} />
      <span className="text-xs text-muted-foreground tabular-nums" aria-live="polite">
        {list && strings.count(shown, list.total, list.total_capped ?? false)}
      </span>
      <div className="ml-auto flex items-center gap-1.5">
        <FilterMenu collection={collection} collections={collections} />
        <ColumnMenu
          columns={columns}
          hidden={hidden}
          label={strings.columns}
          onChange={(next) => update({ hide: [...next].join(",") || undefined })}
        />
        <Snippets {...props} />
        <FilesMenu {...props} />
        {mayWrite && (
          <Button onClick={() => update({ record: "new" })}>
            <PlusIcon />
            <span className="sr-only sm:not-sr-only">{strings.create}</span>
          </Button>
        )}
      </div>
    </div>
  );
}

/** On a phone, in the place of the list beside the grid. */
function CollectionChoice({ project, collection, collections }: ExplorerProps) {
  const navigate = useNavigate();
  return (
    <div className="md:hidden">
      <Select
        value={collection.name}
        onValueChange={(name) => void navigate({ to: `/projects/${project}/data/${name}` })}
      >
        <SelectTrigger aria-label={strings.choose} className="w-32">
          <SelectValue />
        </SelectTrigger>
        <SelectContent>
          {collections.map((each) => (
            <SelectItem key={each.name} value={each.name}>
              {collectionLabel(each)}
            </SelectItem>
          ))}
        </SelectContent>
      </Select>
    </div>
  );
}

function Snippets({ project, collection }: ExplorerProps) {
  const { search } = useDataSearch();
  const query = decodeURIComponent(listParameters(collection, search).toString());
  const url = `${window.location.origin}/api/projects/${project}/data/${collection.name}`;
  return (
    <Popover>
      <PopoverTrigger asChild>
        <Button variant="outline" title={strings.code}>
          <CodeIcon />
          <span className="sr-only">{strings.code}</span>
        </Button>
      </PopoverTrigger>
      <PopoverContent label={strings.code} align="end" className="w-lg">
        <CodeSnippet call={{ method: "GET", url: query ? `${url}?${query}` : url }} />
        <p className="mt-2 text-xs text-muted-foreground">{strings.codeAbout}</p>
      </PopoverContent>
    </Popover>
  );
}

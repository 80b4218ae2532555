import { useQuery } from "@tanstack/react-query";

import { ErrorPanel } from "@/components/error-panel";
import { Sheet, SheetBody, SheetContent, SheetHeader, SheetTitle } from "@/components/ui/sheet";
import { Skeleton } from "@/components/ui/skeleton";
import { Tabs, TabsContent, TabsList, TabsTrigger } from "@/components/ui/tabs";
import { recordQuery } from "@/features/data/api";
import type { ExplorerProps } from "@/features/data/components/explorer";
import { RecordForm } from "@/features/data/components/record-form";
import { RecordHistory } from "@/features/data/components/record-history";
import { strings } from "@/features/data/strings";
import { useDataSearch } from "@/features/data/use-data-search";
import { collectionLabel, labelField } from "@/lib/fields";

/** The record that the address names, beside the grid. */
export function RecordDrawer(props: ExplorerProps) {
  const { search, update } = useDataSearch();
  const id = search.record;

  function close() {
    update({ record: undefined });
  }

  return (
    <Sheet open={id !== undefined} onOpenChange={(open) => !open && close()}>
      <SheetContent>
        {id === "new" && <NewRecord {...props} onDone={close} />}
        {id !== undefined && id !== "new" && <KnownRecord {...props} id={id} onDone={close} />}
      </SheetContent>
    </Sheet>
  );
}

function NewRecord({ onDone, ...props }: ExplorerProps & { onDone: () => void }) {
  return (
    <>
      <SheetHeader>
        <SheetTitle>{strings.newRecord(collectionLabel(props.collection))}</SheetTitle>
      </SheetHeader>
      <RecordForm {...props} record={null} etag={null} onDone={onDone} />
    </>
  );
}

function KnownRecord({ id, onDone, ...props }: ExplorerProps & { id: string; onDone: () => void }) {
  const { project, collection } = props;
  const { data, error, refetch } = useQuery(recordQuery(project, collection.name, id));
  const name = data?.record[labelField(collection)];
  return (
    <>
      <SheetHeader>
        <SheetTitle className="truncate">
          {typeof name === "string" ? name : strings.record}
        </SheetTitle>
        <p className="truncate font-mono text-xs text-muted-foreground">{id}</p>
      </SheetHeader>
      {error && (
        <SheetBody>
          <ErrorPanel error={error} onRetry={() => void refetch()} />
        </SheetBody>
      )}
      {!data && !error && <Loading />}
      {data && (
        <Tabs defaultValue="fields" className="flex min-h-0 flex-1 flex-col">
          <TabsList className="px-5">
            <TabsTrigger value="fields">{strings.fields}</TabsTrigger>
            <TabsTrigger value="history">{strings.history}</TabsTrigger>
          </TabsList>
          <TabsContent value="fields" className="flex min-h-0 flex-1 flex-col pt-0">
            <RecordForm key={data.etag} {...props} {...data} onDone={onDone} />
          </TabsContent>
          <TabsContent value="history" className="min-h-0 flex-1 overflow-y-auto pt-0">
            <RecordHistory project={project} collection={collection.name} id={id} />
          </TabsContent>
        </Tabs>
      )}
    </>
  );
}

function Loading() {
  return (
    <SheetBody className="grid content-start gap-4">
      <span role="status" aria-label="Loading" className="sr-only" />
      {Array.from({ length: 7 }, (_, index) => (
        <Skeleton key={index} className="h-13" />
      ))}
    </SheetBody>
  );
}

import { CircleCheckIcon, LoaderCircleIcon } from "lucide-react";

import { Button } from "@/components/ui/button";
import {
  Sheet,
  SheetBody,
  SheetContent,
  SheetFooter,
  SheetHeader,
  SheetTitle,
} from "@/components/ui/sheet";
import type { ExplorerProps } from "@/features/data/components/explorer";
import { ColumnsStep } from "@/features/data/importing/columns-step";
import { FaultList } from "@/features/data/importing/fault-list";
import { FileStep } from "@/features/data/importing/file-step";
import { type Importing, useImport } from "@/features/data/importing/use-import";
import { strings } from "@/features/data/strings";
import { useDataSearch } from "@/features/data/use-data-search";
import { collectionLabel } from "@/lib/fields";
import { formatNumber } from "@/lib/format";

/** A file into the collection: chosen, mapped, checked, imported. */
export function ImportSheet(props: ExplorerProps) {
  const { search, update } = useDataSearch();

  function close() {
    update({ import: undefined });
  }

  return (
    <Sheet open={search.import === true} onOpenChange={(open) => !open && close()}>
      <SheetContent className="max-w-3xl">
        <SheetHeader>
          <SheetTitle>{strings.importTitle(collectionLabel(props.collection))}</SheetTitle>
        </SheetHeader>
        <Wizard {...props} onClose={close} />
      </SheetContent>
    </Sheet>
  );
}

function Wizard({ project, collection, onClose }: ExplorerProps & { onClose: () => void }) {
  const importing = useImport(project, collection);
  const { step, loaded } = importing;
  return (
    <>
      <SheetBody className="grid grid-cols-1 content-start gap-4">
        {(step.name === "file" || !loaded) && <FileStep importing={importing} />}
        {step.name === "columns" && loaded && (
          <ColumnsStep importing={importing} loaded={loaded} collection={collection} />
        )}
        {step.name === "running" && <Running part={step.part} isDryRun={step.isDryRun} />}
        {step.name === "checked" && <Figures {...step.report} isDryRun />}
        {step.name === "done" && <Figures {...step.report} />}
        {(step.name === "checked" || step.name === "done") && loaded && (
          <FaultList report={step.report} loaded={loaded} mapping={importing.choices.mapping} />
        )}
      </SheetBody>
      <SheetFooter>
        <Actions importing={importing} onClose={onClose} />
      </SheetFooter>
    </>
  );
}

function Actions({ importing, onClose }: { importing: Importing; onClose: () => void }) {
  const { step } = importing;
  const cancel = (
    <Button variant="outline" onClick={onClose}>
      {strings.cancel}
    </Button>
  );
  if (step.name === "file") return cancel;
  if (step.name === "columns") {
    return (
      <>
        <Button variant="ghost" className="mr-auto" onClick={importing.again}>
          {strings.importOther}
        </Button>
        {cancel}
        <Button onClick={() => void importing.check()}>{strings.importCheck}</Button>
      </>
    );
  }
  if (step.name === "running") {
    return (
      <Button variant="outline" onClick={importing.stop}>
        {strings.importStop}
      </Button>
    );
  }
  if (step.name === "done") return <Button onClick={onClose}>{strings.importShow}</Button>;
  const good = step.report.inserted + step.report.updated;
  return (
    <>
      <Button variant="ghost" className="mr-auto" onClick={importing.back}>
        {strings.importBack}
      </Button>
      {cancel}
      <Button disabled={good === 0} onClick={() => void importing.start(step.report.failed > 0)}>
        {step.report.failed > 0 ? strings.importGood(good) : strings.importStart(good)}
      </Button>
    </>
  );
}

function Running({ part, isDryRun }: { part: number; isDryRun: boolean }) {
  const isSent = part >= 1;
  const doing = isDryRun ? strings.importChecking : strings.importWriting;
  return (
    <div className="grid gap-3 py-10">
      <p className="flex items-center justify-center gap-2" aria-live="polite">
        <LoaderCircleIcon className="size-4 animate-spin text-primary" />
        {isSent ? doing : strings.importSending(Math.round(part * 100))}
      </p>
      <div
        role="progressbar"
        aria-label={strings.importSent}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round(part * 100)}
        className="mx-auto h-1.5 w-full max-w-sm overflow-hidden rounded-full bg-muted"
      >
        <div
          className="h-full rounded-full bg-primary transition-[width] data-sent:animate-pulse"
          data-sent={isSent || undefined}
          style={{ width: `${part * 100}%` }}
        />
      </div>
    </div>
  );
}

function Figures({
  inserted,
  updated,
  failed,
  isDryRun = false,
}: {
  inserted: number;
  updated: number;
  failed: number;
  isDryRun?: boolean;
}) {
  const words = isDryRun ? strings.importWould : strings.importDid;
  return (
    <section aria-live="polite" className="grid gap-3">
      {!isDryRun && (
        <p className="flex items-center gap-2 font-medium">
          <CircleCheckIcon className="size-4 text-success" />
          {strings.importDone}
        </p>
      )}
      <dl className="grid grid-cols-3 gap-px overflow-hidden rounded-lg border bg-border">
        <Figure name={words.inserted} value={inserted} />
        <Figure name={words.updated} value={updated} />
        <Figure name={words.failed} value={failed} isBad={failed > 0} />
      </dl>
    </section>
  );
}

function Figure({ name, value, isBad }: { name: string; value: number; isBad?: boolean }) {
  return (
    <div className="bg-popover px-4 py-3">
      <dt className="text-xs text-muted-foreground">{name}</dt>
      <dd className={isBad ? "text-xl font-semibold text-destructive" : "text-xl font-semibold"}>
        {formatNumber(value)}
      </dd>
    </div>
  );
}

import { FileUpIcon } from "lucide-react";
import { type DragEvent, useRef, useState } from "react";

import { Alert } from "@/components/ui/alert";
import { Button } from "@/components/ui/button";
import type { Importing } from "@/features/data/importing/use-import";
import { strings } from "@/features/data/strings";

/** A file, chosen or dropped. */
export function FileStep({ importing }: { importing: Importing }) {
  const { step } = importing;
  const input = useRef<HTMLInputElement>(null);
  const [isOver, setOver] = useState(false);

  function drop(event: DragEvent) {
    event.preventDefault();
    setOver(false);
    const [file] = event.dataTransfer.files;
    if (file) void importing.load(file);
  }

  return (
    <>
      {step.name === "file" && step.refused && <Alert tone="warning">{step.refused}</Alert>}
      <div
        data-over={isOver || undefined}
        className="flex flex-col items-center gap-3 rounded-xl border-2 border-dashed px-6 py-14 text-center data-over:border-primary data-over:bg-primary/6"
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={drop}
      >
        <FileUpIcon className="size-6 text-muted-foreground" aria-hidden />
        <p>{strings.importDrop}</p>
        <p className="max-w-prose text-xs text-muted-foreground">{strings.importFormats}</p>
        <Button variant="outline" onClick={() => input.current?.click()}>
          {strings.importChoose}
        </Button>
        <input
          ref={input}
          type="file"
          aria-label={strings.importFile}
          accept=".csv,.json,.ndjson,.jsonl"
          className="sr-only"
          tabIndex={-1}
          onChange={(event) => {
            const file = event.target.files?.[0];
            if (file) void importing.load(file);
          }}
        />
      </div>
    </>
  );
}

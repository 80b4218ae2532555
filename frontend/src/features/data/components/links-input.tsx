import { useQueries } from "@tanstack/react-query";
import { PlusIcon, XIcon } from "lucide-react";
import { useState } from "react";

import { RecordChoices } from "@/components/record-picker/record-choices";
import { Button } from "@/components/ui/button";
import { Popover, PopoverContent, PopoverTrigger } from "@/components/ui/popover";
import { recordQuery, searchQuery } from "@/features/data/api";
import { strings } from "@/features/data/strings";
import type { Collection, Field } from "@/lib/collections";
import { labelField } from "@/lib/fields";

const SHOWN = 50;

/** Many records of another collection, each found by its label. */
export function LinksInput({
  project,
  collections,
  field,
  value,
  described,
  onChange,
}: {
  project: string;
  collections: readonly Collection[];
  field: Field;
  value: unknown;
  described: { id: string } & Record<string, unknown>;
  onChange: (value: unknown) => void;
}) {
  const [isOpen, setOpen] = useState(false);
  const target = field.to ?? "";
  const label = labelField(collections.find((each) => each.name === target));
  const ids = Array.isArray(value) ? value.map(String) : [];
  const shown = ids.slice(0, SHOWN);
  const records = useQueries({ queries: shown.map((id) => recordQuery(project, target, id)) });

  function add(id: string | number) {
    setOpen(false);
    if (!ids.includes(String(id))) onChange([...(Array.isArray(value) ? value : []), id]);
  }

  function remove(id: string) {
    onChange((value as unknown[]).filter((each) => String(each) !== id));
  }

  return (
    <div className="flex flex-wrap items-center gap-1.5 rounded-md border border-input bg-card p-1.5 shadow-xs">
      {shown.map((id, index) => {
        const name = String(records[index]?.data?.record[label] ?? id);
        return (
          <span
            key={id}
            className="flex max-w-full items-center gap-1 rounded-sm bg-muted py-0.5 pr-0.5 pl-2 text-sm"
          >
            <span className="truncate">{name}</span>
            <button
              type="button"
              aria-label={strings.unlink(name)}
              className="flex size-6 shrink-0 items-center justify-center rounded-sm text-muted-foreground hover:bg-accent hover:text-foreground"
              onClick={() => remove(id)}
            >
              <XIcon className="size-3.5" />
            </button>
          </span>
        );
      })}
      {ids.length > SHOWN && (
        <span className="px-1 text-xs text-muted-foreground">+{ids.length - SHOWN}</span>
      )}
      <Popover open={isOpen} onOpenChange={setOpen}>
        <PopoverTrigger asChild>
          <Button {...described} variant="ghost" size="sm">
            <PlusIcon />
            {strings.addLink}
          </Button>
        </PopoverTrigger>
        <PopoverContent label={strings.pick} className="p-0">
          <RecordChoices
            label={label}
            query={(words) => searchQuery(project, target, label, words)}
            onChoose={(record) => add(record.id)}
          />
        </PopoverContent>
      </Popover>
    </div>
  );
}

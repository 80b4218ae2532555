import { useQuery } from "@tanstack/react-query";
import { ChevronsUpDownIcon } from "lucide-react";
import { useState } from "react";

import { RecordChoices } from "@/components/record-picker/record-choices";
import { Button } from "@/components/ui/button";
import { Popover, PopoverContent, PopoverTrigger } from "@/components/ui/popover";
import type { Collection } from "@/lib/collections";
import { labelField } from "@/lib/fields";
import { foundRecordsQuery, storedRecordQuery } from "@/lib/records";

type Props = {
  project: string;
  collection: Collection;
  value: string | undefined;
  onChange: (id: string | undefined) => void;
  /** What stands there while nothing is chosen. */
  placeholder: string;
  /** A word for taking the choice back; without it, it cannot be taken back. */
  clear?: string;
  label: string;
  id?: string;
};

/** One record of a collection, found by its label. */
export function RecordPicker(props: Props) {
  const { project, collection, value, onChange, placeholder, clear, label, id } = props;
  const [isOpen, setOpen] = useState(false);
  const name = labelField(collection);
  const { data } = useQuery({
    ...storedRecordQuery(project, collection.name, value ?? ""),
    enabled: value !== undefined,
  });

  const shown = value === undefined ? placeholder : String(data?.[name] ?? value);

  function choose(next: string | undefined) {
    onChange(next);
    setOpen(false);
  }

  return (
    <Popover open={isOpen} onOpenChange={setOpen}>
      <PopoverTrigger asChild>
        <Button
          id={id}
          variant="outline"
          aria-label={`${label}: ${shown}`}
          className="w-full min-w-0 justify-between px-2.5 text-base font-normal"
        >
          <span className={value === undefined ? "truncate text-muted-foreground" : "truncate"}>
            {shown}
          </span>
          <ChevronsUpDownIcon className="opacity-60" />
        </Button>
      </PopoverTrigger>
      <PopoverContent label={label} align="start" className="p-0">
        <RecordChoices
          label={name}
          query={(words) => foundRecordsQuery(project, collection.name, name, words)}
          onChoose={(record) => choose(String(record.id))}
        />
        {clear && value !== undefined && (
          <Button variant="ghost" className="m-1" size="sm" onClick={() => choose(undefined)}>
            {clear}
          </Button>
        )}
      </PopoverContent>
    </Popover>
  );
}

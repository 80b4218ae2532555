import { useQuery } from "@tanstack/react-query";
import { ChevronsUpDownIcon } from "lucide-react";
import { useState } from "react";

import { RecordChoices } from "@/components/record-picker/record-choices";
import { Button } from "@/components/ui/button";
import { Popover, PopoverContent, PopoverTrigger } from "@/components/ui/popover";
import { type RecordData, recordQuery, searchQuery } from "@/features/data/api";
import { strings } from "@/features/data/strings";
import type { Collection, Field } from "@/lib/collections";
import { cn } from "@/lib/cn";
import { labelField } from "@/lib/fields";

type Props = {
  project: string;
  collections: readonly Collection[];
  field: Field;
  value: unknown;
  described: { id: string } & Record<string, unknown>;
  onChange: (value: unknown, record?: RecordData | null) => void;
  /** In a cell of the grid: open at once, and told when it closes. */
  onClose?: () => void;
};

/** One record of another collection, found by its label. */
export function RelationInput(props: Props) {
  const { project, collections, field, value, described, onChange, onClose } = props;
  const [isOpen, setOpen] = useState(onClose !== undefined);
  const target = field.to ?? "";
  const label = labelField(collections.find((each) => each.name === target));
  const id = value === null || value === undefined ? null : String(value);
  const { data } = useQuery({ ...recordQuery(project, target, id ?? ""), enabled: id !== null });
  const shown = data?.record[label];

  function toggle(open: boolean) {
    setOpen(open);
    if (!open) onClose?.();
  }

  function choose(record: RecordData | null) {
    onChange(record?.id ?? null, record);
    toggle(false);
  }

  return (
    <Popover open={isOpen} onOpenChange={toggle}>
      <PopoverTrigger asChild>
        <Button
          {...described}
          variant="outline"
          className={cn(
            "justify-between font-normal",
            onClose && "size-full rounded-none border-0",
          )}
        >
          <span className={id === null ? "text-muted-foreground" : "truncate"}>
            {id === null ? strings.unset : String(shown ?? id)}
          </span>
          <ChevronsUpDownIcon className="opacity-60" />
        </Button>
      </PopoverTrigger>
      <PopoverContent label={strings.pick} className="p-0">
        <RecordChoices
          label={label}
          query={(words) => searchQuery(project, target, label, words)}
          onChoose={choose}
        />
        {!field.required && id !== null && (
          <Button variant="ghost" className="m-1" size="sm" onClick={() => choose(null)}>
            {strings.unset}
          </Button>
        )}
      </PopoverContent>
    </Popover>
  );
}

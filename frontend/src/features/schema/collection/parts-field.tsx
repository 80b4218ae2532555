import { ArrowDownIcon, ArrowUpIcon, PlusIcon, XIcon } from "lucide-react";
import { useFieldArray, useFormContext } from "react-hook-form";

import { Button } from "@/components/ui/button";
import {
  DropdownMenu,
  DropdownMenuContent,
  DropdownMenuItem,
  DropdownMenuTrigger,
} from "@/components/ui/dropdown-menu";
import { Segmented } from "@/components/ui/segmented";
import type { Part } from "@/features/schema/collection/composites";
import { strings } from "@/features/schema/strings";

export type IndexValues = { kind: string; fields: Part[] };

const DIRECTIONS = [
  { value: "up", label: <abbr title={strings.ascending}>{strings.up}</abbr> },
  { value: "down", label: <abbr title={strings.descending}>{strings.down}</abbr> },
] as const;

/** Fields in their order: an index is of use from its first field on. */
export function PartsField({ names }: { names: readonly string[] }) {
  const { control, watch, formState } = useFormContext<IndexValues>();
  const { fields, append, remove, swap, update } = useFieldArray({ control, name: "fields" });
  const isUnique = watch("kind") === "unique";
  const free = names.filter((name) => fields.every((part) => part.name !== name));
  const fault = formState.errors.fields;
  return (
    <fieldset className="grid gap-2">
      <legend className="mb-2 text-sm font-medium">{strings.partsInOrder}</legend>
      <ol className="grid gap-2">
        {fields.map((part, index) => (
          <li
            key={part.id}
            className="flex items-center gap-1 rounded-md border bg-card py-1 pr-1 pl-3 [&_abbr]:no-underline"
          >
            <span className="mr-auto min-w-0 truncate font-mono text-sm">{part.name}</span>
            {!isUnique && (
              <Segmented
                label={strings.direction(part.name)}
                options={DIRECTIONS}
                value={part.descending ? "down" : "up"}
                onChange={(value) =>
                  update(index, { name: part.name, descending: value === "down" })
                }
              />
            )}
            <Button
              variant="ghost"
              size="icon-sm"
              aria-label={strings.moveUp(part.name)}
              disabled={index === 0}
              onClick={() => swap(index, index - 1)}
            >
              <ArrowUpIcon />
            </Button>
            <Button
              variant="ghost"
              size="icon-sm"
              aria-label={strings.moveDown(part.name)}
              disabled={index === fields.length - 1}
              onClick={() => swap(index, index + 1)}
            >
              <ArrowDownIcon />
            </Button>
            <Button
              variant="ghost"
              size="icon-sm"
              aria-label={strings.takeOut(part.name)}
              onClick={() => remove(index)}
            >
              <XIcon />
            </Button>
          </li>
        ))}
      </ol>
      <DropdownMenu>
        <DropdownMenuTrigger asChild>
          <Button variant="outline" size="sm" className="justify-self-start">
            <PlusIcon />
            {strings.addPart}
          </Button>
        </DropdownMenuTrigger>
        <DropdownMenuContent align="start" className="max-h-72">
          {free.map((name) => (
            <DropdownMenuItem key={name} onSelect={() => append({ name, descending: false })}>
              <span className="font-mono text-sm">{name}</span>
            </DropdownMenuItem>
          ))}
        </DropdownMenuContent>
      </DropdownMenu>
      <p role="alert" className="text-xs text-destructive empty:hidden">
        {fault?.root?.message ?? fault?.message}
      </p>
    </fieldset>
  );
}

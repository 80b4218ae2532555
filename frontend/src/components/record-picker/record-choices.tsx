import { type QueryKey, useQuery, type UseQueryOptions } from "@tanstack/react-query";
import { useDeferredValue, useState } from "react";

import {
  Command,
  CommandEmpty,
  CommandInput,
  CommandItem,
  CommandList,
} from "@/components/ui/command";
import type { StoredRecord } from "@/lib/records";

/** Records of a collection, found by their label. */
export function RecordChoices<Key extends QueryKey>({
  label,
  query,
  onChoose,
}: {
  label: string;
  /** The records whose label holds the words. */
  query: (words: string) => UseQueryOptions<StoredRecord[], Error, StoredRecord[], Key>;
  onChoose: (record: StoredRecord) => void;
}) {
  const [words, setWords] = useState("");
  const asked = useDeferredValue(words);
  const { data: found = [] } = useQuery(query(asked));
  return (
    <Command shouldFilter={false}>
      <CommandInput placeholder="Search…" value={words} onValueChange={setWords} />
      <CommandList className="max-h-60">
        <CommandEmpty>Nothing found.</CommandEmpty>
        {found.map((record) => (
          <CommandItem key={record.id} value={String(record.id)} onSelect={() => onChoose(record)}>
            <span className="truncate">{String(record[label] ?? record.id)}</span>
          </CommandItem>
        ))}
      </CommandList>
    </Command>
  );
}

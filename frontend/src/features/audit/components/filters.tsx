import { useSuspenseQuery } from "@tanstack/react-query";
import { XIcon } from "lucide-react";
import { useState } from "react";

import { FieldFrame } from "@/components/form/field";
import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/input";
import {
  Select,
  SelectContent,
  SelectItem,
  SelectTrigger,
  SelectValue,
} from "@/components/ui/select";
import { Tabs, TabsList, TabsTrigger } from "@/components/ui/tabs";
import { filterOf } from "@/features/audit/routes";
import { strings } from "@/features/audit/strings";
import { useAuditSearch } from "@/features/audit/use-audit-search";
import { collectionsQuery } from "@/lib/collections";
import { collectionLabel } from "@/lib/fields";

const ANY = "any";
const NOTHING = {
  collection: undefined,
  action: undefined,
  actor_id: undefined,
  record_id: undefined,
  request_id: undefined,
  since: undefined,
  until: undefined,
};

export function Filters({ project }: { project: string }) {
  const { search, filter } = useAuditSearch();
  const { source, ...others } = filterOf(search);
  const isOfRecords = source !== "control";
  return (
    <div className="grid gap-4">
      <Tabs
        value={source ?? "data"}
        onValueChange={(next) =>
          filter({ ...NOTHING, source: next === "control" ? "control" : undefined })
        }
      >
        <TabsList aria-label={strings.source}>
          <TabsTrigger value="data" aria-controls={undefined}>
            {strings.sources.data}
          </TabsTrigger>
          <TabsTrigger value="control" aria-controls={undefined}>
            {strings.sources.control}
          </TabsTrigger>
        </TabsList>
      </Tabs>
      <div
        role="group"
        aria-label={strings.filters}
        className="grid grid-cols-2 gap-3 sm:grid-cols-3 lg:grid-cols-4"
      >
        {isOfRecords && <CollectionFilter project={project} />}
        {isOfRecords ? <ActionFilter /> : <TextFilter name="action" label={strings.action} />}
        <TextFilter name="record_id" label={isOfRecords ? strings.record : strings.target} />
        <TextFilter name="actor_id" label={strings.actor} />
        <TextFilter name="request_id" label={strings.request} />
        <MomentFilter name="since" label={strings.since} />
        <MomentFilter name="until" label={strings.until} />
        {Object.values(others).some(Boolean) && (
          <Button variant="ghost" className="self-end" onClick={() => filter(NOTHING)}>
            <XIcon />
            {strings.clear}
          </Button>
        )}
      </div>
    </div>
  );
}

function CollectionFilter({ project }: { project: string }) {
  const { search, filter } = useAuditSearch();
  const { data: collections } = useSuspenseQuery(collectionsQuery(project));
  const options = collections.map((each) => ({ value: each.name, label: collectionLabel(each) }));
  return (
    <ChoiceFilter
      label={strings.collection}
      any={strings.anyCollection}
      value={search.collection}
      options={options}
      onChange={(collection) => filter({ collection })}
    />
  );
}

function ActionFilter() {
  const { search, filter } = useAuditSearch();
  const options = Object.entries(strings.actions).map(([value, label]) => ({ value, label }));
  return (
    <ChoiceFilter
      label={strings.action}
      any={strings.anyAction}
      value={search.action}
      options={options}
      onChange={(action) => filter({ action })}
    />
  );
}

function ChoiceFilter({
  label,
  any,
  value,
  options,
  onChange,
}: {
  label: string;
  any: string;
  value: string | undefined;
  options: readonly { value: string; label: string }[];
  onChange: (value: string | undefined) => void;
}) {
  return (
    <FieldFrame label={label}>
      {(described) => (
        <Select
          value={value ?? ANY}
          onValueChange={(next) => onChange(next === ANY ? undefined : next)}
        >
          <SelectTrigger {...described}>
            <SelectValue />
          </SelectTrigger>
          <SelectContent>
            <SelectItem value={ANY}>{any}</SelectItem>
            {options.map((option) => (
              <SelectItem key={option.value} value={option.value}>
                {option.label}
              </SelectItem>
            ))}
          </SelectContent>
        </Select>
      )}
    </FieldFrame>
  );
}

type TextName = "action" | "record_id" | "actor_id" | "request_id";

/** Asked for when it is left, or with Enter: half an id finds nothing. */
function TextFilter({ name, label }: { name: TextName; label: string }) {
  const { search, filter } = useAuditSearch();
  const given = search[name] ?? "";

  function apply(text: string) {
    if (text.trim() !== given) filter({ [name]: text.trim() || undefined });
  }

  return (
    <FieldFrame label={label}>
      {(described) => (
        <Input
          // What comes from elsewhere, such as a link, takes the place of what was typed.
          key={given}
          {...described}
          defaultValue={given}
          autoComplete="off"
          spellCheck={false}
          className="font-mono text-xs"
          onBlur={(event) => apply(event.target.value)}
          onKeyDown={(event) => event.key === "Enter" && apply(event.currentTarget.value)}
        />
      )}
    </FieldFrame>
  );
}

/** In the time of whoever looks; in the address and for the API in UTC. */
function MomentFilter({ name, label }: { name: "since" | "until"; label: string }) {
  const { search, filter } = useAuditSearch();
  const [text, setText] = useState(() => localOf(search[name]));

  function change(next: string) {
    setText(next);
    filter({ [name]: next ? new Date(next).toISOString() : undefined });
  }

  return (
    <FieldFrame label={label}>
      {(described) => (
        <Input
          {...described}
          type="datetime-local"
          value={search[name] === undefined ? "" : text}
          onChange={(event) => change(event.target.value)}
        />
      )}
    </FieldFrame>
  );
}

function localOf(moment: string | undefined): string {
  if (!moment || Number.isNaN(Date.parse(moment))) return "";
  const at = new Date(moment);
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

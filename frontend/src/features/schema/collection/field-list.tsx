import { KeyRoundIcon } from "lucide-react";

import { Badge } from "@/components/ui/badge";
import { Input } from "@/components/ui/input";
import { Table, TableCell, TableHead, TableRow } from "@/components/ui/table";
import { describeOptions } from "@/features/schema/collection/describe";
import { TypeIcon } from "@/features/schema/type-icon";
import { standingOf } from "@/features/schema/standing";
import { strings } from "@/features/schema/strings";
import type { Working } from "@/features/schema/use-draft";
import { useSchemaSearch } from "@/features/schema/use-schema-search";
import type { Collection, Field } from "@/lib/collections";
import { describeType } from "@/lib/fields";

const MARKS = ["required", "unique", "index", "searchable", "hidden"] as const;

const MANY = 20;

export function FieldList({ working, collection }: { working: Working; collection: Collection }) {
  const { search, update } = useSchemaSearch();
  const words = search.find?.toLowerCase() ?? "";
  const found = collection.fields.filter(({ name, label = "" }) =>
    `${name} ${label}`.toLowerCase().includes(words),
  );
  return (
    <>
      {collection.fields.length > MANY && (
        <div className="border-b p-2">
          <Input
            type="search"
            aria-label={strings.find}
            placeholder={strings.find}
            value={search.find ?? ""}
            onChange={(event) => update({ find: event.target.value || undefined })}
          />
        </div>
      )}
      {found.length > 0 || words === "" ? (
        <Fields working={working} collection={collection} fields={found} hasId={words === ""} />
      ) : (
        <p className="px-4 py-3 text-sm text-muted-foreground">{strings.findNone(words)}</p>
      )}
    </>
  );
}

function Fields({
  working,
  collection,
  fields,
  hasId,
}: {
  working: Working;
  collection: Collection;
  fields: readonly Field[];
  hasId: boolean;
}) {
  const inForce = working.state.schema.collections.find((each) => each.id === collection.id);
  return (
    <Table aria-label={strings.field}>
      <thead>
        <tr>
          <TableHead>{strings.field}</TableHead>
          <TableHead>{strings.type}</TableHead>
          <TableHead>{strings.options}</TableHead>
        </tr>
      </thead>
      <tbody>
        {hasId && <IdRow type={collection.id_type ?? "uuid"} />}
        {fields.map((field) => (
          <FieldRow key={field.name} field={field} inForce={inForce?.fields ?? []} />
        ))}
      </tbody>
    </Table>
  );
}

function IdRow({ type }: { type: string }) {
  return (
    <TableRow>
      <TableCell>
        <span className="flex items-center gap-2.5">
          <KeyRoundIcon className="size-4 text-muted-foreground" />
          <span className="font-mono text-sm">id</span>
        </span>
      </TableCell>
      <TableCell className="text-muted-foreground">{type}</TableCell>
      <TableCell className="text-xs text-muted-foreground">{strings.system}</TableCell>
    </TableRow>
  );
}

function FieldRow({ field, inForce }: { field: Field; inForce: readonly Field[] }) {
  const { update } = useSchemaSearch();
  const standing = standingOf(field, inForce);
  const marks = MARKS.filter((mark) => field[mark]);
  return (
    <TableRow>
      <TableCell>
        <span className="flex items-center gap-2.5">
          <TypeIcon type={field.type} />
          {field.read_only ? (
            <span className="font-mono text-sm">{field.name}</span>
          ) : (
            <button
              type="button"
              className="rounded-sm font-mono text-sm underline-offset-4 hover:underline"
              onClick={() => update({ field: field.name })}
            >
              {field.name}
            </button>
          )}
          {standing !== "same" && <Badge>{strings[standing]}</Badge>}
        </span>
      </TableCell>
      <TableCell className="whitespace-nowrap text-muted-foreground">
        {describeType(field)}
      </TableCell>
      <TableCell>
        <span className="flex flex-wrap items-center gap-x-2 gap-y-1">
          {field.read_only && (
            <span className="text-xs text-muted-foreground">{strings.system}</span>
          )}
          {!field.read_only &&
            marks.map((mark) => (
              <Badge key={mark} variant="secondary">
                {strings.marks[mark]}
              </Badge>
            ))}
          {!field.read_only && (
            <span className="text-xs text-muted-foreground">
              {describeOptions(field).join(" · ")}
            </span>
          )}
        </span>
      </TableCell>
    </TableRow>
  );
}

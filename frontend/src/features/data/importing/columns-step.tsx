import { ArrowRightIcon, TriangleAlertIcon } from "lucide-react";

import { ErrorPanel } from "@/components/error-panel";
import { FieldFrame } from "@/components/form/field";
import { Alert } from "@/components/ui/alert";
import { Input } from "@/components/ui/input";
import {
  Select,
  SelectContent,
  SelectItem,
  SelectTrigger,
  SelectValue,
} from "@/components/ui/select";
import { Table, TableCell, TableHead, TableRow } from "@/components/ui/table";
import {
  conflictChoices,
  looksLike,
  missingFields,
  remap,
  targetsOf,
} from "@/features/data/importing/mapping";
import { type Importing, type Loaded, wordsOf } from "@/features/data/importing/use-import";
import { strings } from "@/features/data/strings";
import type { Collection, Field } from "@/lib/collections";
import { describeType } from "@/lib/fields";
import { formatBytes } from "@/lib/format";

type Props = { importing: Importing; loaded: Loaded; collection: Collection };

const NONE = "\u0000none";
const SHOWN = 3;

/** Which column is which field, and what its first values look like. */
export function ColumnsStep({ importing, loaded, collection }: Props) {
  const { step, choices } = importing;
  const missing = missingFields(collection, choices.mapping);
  const { head, file } = loaded;
  return (
    <>
      {step.name === "columns" && step.error !== undefined && <ErrorPanel error={step.error} />}
      <p className="text-sm text-muted-foreground">
        <span className="font-medium text-foreground">{file.name}</span>, {formatBytes(file.size)}
      </p>
      {head.header.length === 0 ? (
        <p className="text-sm">{strings.importNoPreview}</p>
      ) : (
        <Columns importing={importing} loaded={loaded} collection={collection} />
      )}
      {head.header.length > 0 && missing.length > 0 && choices.conflict === null && (
        <Alert tone="warning" className="grid-cols-[auto_1fr] gap-3">
          <TriangleAlertIcon className="mt-0.5 size-4" />
          <p>{strings.importMissing(missing.map((field) => field.name).join(", "))}</p>
        </Alert>
      )}
      <Options importing={importing} loaded={loaded} collection={collection} />
    </>
  );
}

function Columns({ importing, loaded, collection }: Props) {
  const { header, rows } = loaded.head;
  const { mapping, nulls } = importing.choices;
  const targets = targetsOf(collection);
  return (
    <div className="overflow-hidden rounded-lg border">
      <Table aria-label={strings.importColumns}>
        <thead>
          <tr>
            <TableHead>{strings.importColumn}</TableHead>
            <TableHead>
              <span className="sr-only">{strings.importTo}</span>
            </TableHead>
            <TableHead>{strings.importField}</TableHead>
            <TableHead>{strings.importSamples}</TableHead>
          </tr>
        </thead>
        <tbody>
          {header.map((name, index) => (
            <ColumnRow
              key={name}
              name={name}
              cells={rows.map((row) => row[index] ?? "")}
              targets={targets}
              target={mapping[name] ?? null}
              nulls={wordsOf(nulls)}
              onChange={(target) => importing.change({ mapping: remap(mapping, name, target) })}
            />
          ))}
        </tbody>
      </Table>
    </div>
  );
}

function ColumnRow({
  name,
  cells,
  targets,
  target,
  nulls,
  onChange,
}: {
  name: string;
  cells: string[];
  targets: readonly Field[];
  target: string | null;
  nulls: readonly string[];
  onChange: (target: string | null) => void;
}) {
  const field = targets.find((each) => each.name === target);
  const odd = field ? cells.filter((cell) => !looksLike(cell, field, nulls)) : [];
  return (
    <TableRow>
      <TableCell className="max-w-40 truncate font-mono text-xs">{name}</TableCell>
      <TableCell className="px-0">
        <ArrowRightIcon className="size-3.5 text-muted-foreground" aria-hidden />
      </TableCell>
      <TableCell className="py-1">
        <Select
          value={target ?? NONE}
          onValueChange={(next) => onChange(next === NONE ? null : next)}
        >
          <SelectTrigger aria-label={strings.importFieldOf(name)} className="w-48">
            <SelectValue />
          </SelectTrigger>
          <SelectContent>
            <SelectItem value={NONE}>{strings.importLeaveOut}</SelectItem>
            {targets.map((each) => (
              <SelectItem key={each.name} value={each.name}>
                {each.name} <span className="text-muted-foreground">{describeType(each)}</span>
              </SelectItem>
            ))}
          </SelectContent>
        </Select>
      </TableCell>
      <TableCell className="max-w-72 py-1.5">
        <span className="block truncate text-xs text-muted-foreground">
          {[...new Set(cells.filter(Boolean))].slice(0, SHOWN).join(" · ")}
        </span>
        {odd.length > 0 && (
          <span className="block truncate text-xs text-destructive">
            {strings.importOdd(odd.length, cells.length, odd[0] ?? "")}
          </span>
        )}
      </TableCell>
    </TableRow>
  );
}

function Options({ importing, loaded, collection }: Props) {
  const { mapping, nulls, conflict } = importing.choices;
  const finds = conflictChoices(collection, mapping);
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      <FieldFrame label={strings.importMode} hint={strings.importModeHint}>
        {(described) => (
          <Select
            value={conflict ?? NONE}
            onValueChange={(next) => importing.change({ conflict: next === NONE ? null : next })}
          >
            <SelectTrigger {...described}>
              <SelectValue />
            </SelectTrigger>
            <SelectContent>
              <SelectItem value={NONE}>{strings.importInsert}</SelectItem>
              {finds.map((names) => (
                <SelectItem key={names} value={names}>
                  {strings.importUpsert(names.replaceAll(",", ", "))}
                </SelectItem>
              ))}
            </SelectContent>
          </Select>
        )}
      </FieldFrame>
      {loaded.head.type === "text/csv" && (
        <FieldFrame label={strings.importNulls} hint={strings.importNullsHint}>
          {(described) => (
            <Input
              {...described}
              value={nulls}
              placeholder="NA, NULL"
              onChange={(event) => importing.change({ nulls: event.target.value })}
            />
          )}
        </FieldFrame>
      )}
    </div>
  );
}

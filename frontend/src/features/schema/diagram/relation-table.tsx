import { Link } from "@tanstack/react-router";

import { Badge } from "@/components/ui/badge";
import { Card } from "@/components/ui/card";
import { Table, TableCell, TableHead, TableRow } from "@/components/ui/table";
import { relationsOf } from "@/features/schema/diagram/layout";
import { standingOf } from "@/features/schema/standing";
import { strings } from "@/features/schema/strings";
import type { Working } from "@/features/schema/use-draft";

const ON_DELETES: Record<string, string> = strings.onDeletes;
const KINDS: Record<string, string> = strings.kinds;

/** The same relations as a list, for those who would rather read than look. */
export function RelationTable({ working }: { working: Working }) {
  const { document, state, project } = working;
  const relations = relationsOf(document.collections);
  if (relations.length === 0) return null;
  return (
    <Card className="overflow-hidden">
      <Table aria-label={strings.relations}>
        <thead>
          <tr>
            <TableHead>{strings.from}</TableHead>
            <TableHead>{strings.field}</TableHead>
            <TableHead>{strings.to}</TableHead>
            <TableHead>{strings.kind}</TableHead>
            <TableHead>{strings.onDelete}</TableHead>
          </tr>
        </thead>
        <tbody>
          {relations.map(({ from, field, to }) => {
            const before = state.schema.collections.find((each) => each.name === from);
            const standing = standingOf(field, before?.fields ?? []);
            return (
              <TableRow key={`${from}.${field.name}`}>
                <TableCell className="font-mono">{from}</TableCell>
                <TableCell>
                  <span className="flex items-center gap-2">
                    <Link
                      to={`/projects/${project}/schema/${from}`}
                      search={{ field: field.name }}
                      className="rounded-sm font-mono underline-offset-4 hover:underline"
                    >
                      {field.name}
                    </Link>
                    {standing !== "same" && <Badge>{strings[standing]}</Badge>}
                  </span>
                </TableCell>
                <TableCell className="font-mono">{to}</TableCell>
                <TableCell className="whitespace-nowrap">
                  {KINDS[field.kind ?? "belongs_to"]}
                </TableCell>
                <TableCell className="whitespace-nowrap text-muted-foreground">
                  {field.kind === "many_to_many"
                    ? ""
                    : ON_DELETES[String(field.on_delete ?? "restrict")]}
                </TableCell>
              </TableRow>
            );
          })}
        </tbody>
      </Table>
    </Card>
  );
}

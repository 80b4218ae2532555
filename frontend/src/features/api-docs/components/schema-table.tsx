import { Table, TableCell, TableHead, TableRow } from "@/components/ui/table";
import { describe, type Schema } from "@/features/api-docs/document";
import { strings } from "@/features/api-docs/strings";

/** The members of an object, each with its type. */
export function SchemaTable({ label, schema }: { label: string; schema: Schema }) {
  return (
    <Table aria-label={label}>
      <thead>
        <tr>
          <TableHead>{strings.field}</TableHead>
          <TableHead>{strings.type}</TableHead>
          <TableHead>{strings.about2}</TableHead>
        </tr>
      </thead>
      <tbody>
        {Object.entries(schema.properties ?? {}).map(([name, each]) => (
          <TableRow key={name}>
            <TableCell className="whitespace-nowrap">
              <span className="font-mono text-xs">{name}</span>
              {schema.required?.includes(name) && (
                <span className="ml-2 text-xs text-primary">{strings.required}</span>
              )}
            </TableCell>
            <TableCell className="text-xs text-muted-foreground">{describe(each)}</TableCell>
            <TableCell className="text-xs">
              {[each.title, each.description].filter(Boolean).join(". ")}
            </TableCell>
          </TableRow>
        ))}
      </tbody>
    </Table>
  );
}

import { useEffect, useState } from "react";

import { Table, TableCell, TableHead, TableRow } from "@/components/ui/table";
import type { Report } from "@/features/data/importing/api";
import { findRows } from "@/features/data/importing/csv";
import type { Mapping } from "@/features/data/importing/mapping";
import type { Loaded } from "@/features/data/importing/use-import";
import { strings } from "@/features/data/strings";
import { formatNumber } from "@/lib/format";

/** The rows that do not go in, each with its reason and what stands there. */
export function FaultList({
  report,
  loaded,
  mapping,
}: {
  report: Report;
  loaded: Loaded;
  mapping: Mapping;
}) {
  const rows = useRows(loaded, report);
  if (report.errors.length === 0) return null;

  function cellOf(row: number, pointer: string): string {
    const [field = ""] = pointer.slice(1).split("/");
    const column = loaded.head.header.findIndex(
      (name) => mapping[name] === field || `${mapping[name]}_id` === field,
    );
    return rows.get(row)?.[column] ?? "";
  }

  return (
    <section className="grid gap-2">
      <h3 className="text-sm font-medium">{strings.importFaults}</h3>
      <div className="overflow-hidden rounded-lg border">
        <Table aria-label={strings.importFaults}>
          <thead>
            <tr>
              <TableHead>{strings.importRow}</TableHead>
              <TableHead>{strings.importField}</TableHead>
              <TableHead>{strings.importValue}</TableHead>
              <TableHead>{strings.importWhy}</TableHead>
            </tr>
          </thead>
          <tbody>
            {report.errors.map((fault, index) => (
              <TableRow key={index}>
                <TableCell className="tabular-nums">{formatNumber(fault.row)}</TableCell>
                <TableCell className="font-mono text-xs">{fault.pointer.slice(1)}</TableCell>
                <TableCell className="max-w-48 truncate font-mono text-xs">
                  {cellOf(fault.row, fault.pointer)}
                </TableCell>
                <TableCell>{fault.message}</TableCell>
              </TableRow>
            ))}
          </tbody>
        </Table>
      </div>
      {report.failed > report.errors.length && (
        <p className="text-xs text-muted-foreground">{strings.importMoreFaults}</p>
      )}
    </section>
  );
}

function useRows({ file, head }: Loaded, report: Report): ReadonlyMap<number, string[]> {
  const [rows, setRows] = useState<ReadonlyMap<number, string[]>>(new Map());
  useEffect(() => {
    if (head.type !== "text/csv" || report.errors.length === 0) return;
    let isOver = false;
    void findRows(file, new Set(report.errors.map(({ row }) => row))).then((found) => {
      if (!isOver) setRows(found);
    });
    return () => {
      isOver = true;
    };
  }, [file, head, report]);
  return rows;
}

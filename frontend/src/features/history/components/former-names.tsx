import { useQuery } from "@tanstack/react-query";
import { TagsIcon } from "lucide-react";
import { useState } from "react";
import { toast } from "sonner";

import { ConfirmDialog } from "@/components/confirm-dialog/confirm-dialog";
import { EmptyState } from "@/components/empty-state";
import { ErrorPanel } from "@/components/error-panel";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Skeleton } from "@/components/ui/skeleton";
import { Table, TableCell, TableHead, TableRow } from "@/components/ui/table";
import { endName, type FormerName, formerNamesQuery } from "@/features/history/api";
import { strings } from "@/features/history/strings";
import { formatAgo } from "@/lib/format";
import { useIsAdmin } from "@/routing/use-project";

/** Names that were changed and still work, with how often they were used since. */
export function FormerNames({ project }: { project: string }) {
  const { data: names, error, refetch } = useQuery(formerNamesQuery(project));
  const isAdmin = useIsAdmin();
  const [ending, setEnding] = useState<FormerName | null>(null);
  if (error) return <ErrorPanel error={error} onRetry={() => void refetch()} />;
  if (!names) return <Skeleton className="h-32" />;
  if (names.length === 0) {
    return (
      <Card>
        <EmptyState icon={TagsIcon} title={strings.namesNone}>
          <p>{strings.namesNoneAbout}</p>
        </EmptyState>
      </Card>
    );
  }

  async function end(name: FormerName) {
    await endName(project, name);
    toast.success(strings.nameEnded(name.former_name));
  }

  return (
    <>
      <p className="mb-3 max-w-prose text-sm text-muted-foreground">{strings.namesAbout}</p>
      <Card className="overflow-hidden">
        <Table aria-label={strings.tabs.names}>
          <thead>
            <tr>
              <TableHead>{strings.nameOld}</TableHead>
              <TableHead>{strings.nameNew}</TableHead>
              <TableHead>{strings.nameUses}</TableHead>
              <TableHead>{strings.nameLast}</TableHead>
              <TableHead>
                <span className="sr-only">{strings.nameEnd}</span>
              </TableHead>
            </tr>
          </thead>
          <tbody>
            {names.map((name) => (
              <TableRow key={`${name.collection}.${name.field ?? ""}.${name.former_name}`}>
                <TableCell className="font-mono text-sm">{oldName(name)}</TableCell>
                <TableCell className="font-mono text-sm">
                  {[name.collection, name.field].filter(Boolean).join(".")}
                </TableCell>
                <TableCell className="tabular-nums">{strings.uses(name.uses)}</TableCell>
                <TableCell className="whitespace-nowrap text-muted-foreground">
                  {name.last_used_at ? formatAgo(name.last_used_at) : strings.nameNever}
                </TableCell>
                <TableCell className="text-right">
                  {isAdmin && (
                    <Button variant="ghost" size="sm" onClick={() => setEnding(name)}>
                      {strings.nameEnd}
                    </Button>
                  )}
                </TableCell>
              </TableRow>
            ))}
          </tbody>
        </Table>
      </Card>
      <ConfirmDialog
        open={ending !== null}
        onOpenChange={(open) => !open && setEnding(null)}
        title={strings.nameEndTitle(ending ? oldName(ending) : "")}
        description={strings.nameEndAbout(ending?.uses ?? 0)}
        action={strings.nameEnd}
        onConfirm={async () => ending && end(ending)}
      />
    </>
  );
}

function oldName({ collection, field, former_name }: FormerName): string {
  return field === null ? former_name : `${collection}.${former_name}`;
}

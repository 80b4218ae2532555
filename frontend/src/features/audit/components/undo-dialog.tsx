import { useQuery } from "@tanstack/react-query";
import { useId, useState } from "react";
import { toast } from "sonner";

import { ErrorPanel } from "@/components/error-panel";
import { TitledDialog } from "@/components/titled-dialog";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { DialogFooter } from "@/components/ui/dialog";
import { Label } from "@/components/ui/label";
import { Switch } from "@/components/ui/switch";
import { type AuditEntry, requestQuery, trialQuery, undoRequest } from "@/features/audit/api";
import { strings } from "@/features/audit/strings";
import { useAuditSearch } from "@/features/audit/use-audit-search";
import { formatCount } from "@/lib/format";
import { asProblem } from "@/lib/problem";

type Asked = { project: string; entry: AuditEntry & { request_id: string } };

/** What would be undone, what stands in its way, and the undoing. */
export function UndoDialog({ project, entry }: { project: string; entry: AuditEntry | undefined }) {
  const { search, update } = useAuditSearch();
  const id = entry?.request_id;
  const close = () => update({ undo: undefined });
  return (
    <TitledDialog
      title={strings.undoTitle}
      isOpen={search.undo === true && Boolean(id)}
      className="max-w-lg"
      onClose={close}
    >
      {entry && id && (
        <Body project={project} entry={{ ...entry, request_id: id }} onClose={close} />
      )}
    </TitledDialog>
  );
}

function Body({ project, entry, onClose }: Asked & { onClose: () => void }) {
  const [force, setForce] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const undo = { request_id: entry.request_id, actor: entry.actor ?? null, force };
  const trial = useQuery(trialQuery(project, undo));
  const isConflict = trial.isError && asProblem(trial.error).code === "undo_conflict";

  async function confirm() {
    try {
      const count = await undoRequest(project, undo, false);
      toast.success(strings.undone(formatCount(count, strings.recordNoun)));
      onClose();
    } catch (caught) {
      setError(caught);
    }
  }

  return (
    <div className="grid gap-4">
      <Changes project={project} id={entry.request_id} />
      <p role="status" className="text-sm text-muted-foreground">
        {trial.isPending && strings.undoTrying}
        {trial.isSuccess && strings.undoWould(formatCount(trial.data, strings.recordNoun))}
      </p>
      {trial.isError && <ErrorPanel error={trial.error} />}
      {error !== null && <ErrorPanel error={error} />}
      {(isConflict || force) && <Force value={force} onChange={setForce} />}
      <DialogFooter>
        <Button variant="outline" onClick={onClose}>
          {strings.cancel}
        </Button>
        <Button variant="destructive" disabled={!trial.isSuccess} onClick={() => void confirm()}>
          {strings.undoAction}
        </Button>
      </DialogFooter>
    </div>
  );
}

function Force({ value, onChange }: { value: boolean; onChange: (value: boolean) => void }) {
  const id = useId();
  return (
    <div className="flex items-center justify-between gap-4">
      <Label htmlFor={id}>{strings.undoForce}</Label>
      <Switch id={id} checked={value} onCheckedChange={onChange} />
    </div>
  );
}

function Changes({ project, id }: { project: string; id: string }) {
  const { data } = useQuery(requestQuery(project, id));
  return (
    <section className="grid gap-2">
      <h3 className="text-sm font-medium">{strings.changes}</h3>
      <ul
        tabIndex={0}
        aria-label={strings.changes}
        className="grid max-h-48 gap-1 overflow-y-auto rounded-lg border p-2"
      >
        {data?.data.map((entry) => (
          <li key={entry.cursor} className="flex items-center gap-2">
            <Badge variant="secondary">{entry.action}</Badge>
            <span className="truncate font-mono text-xs">
              {entry.collection} / {entry.record_id}
            </span>
          </li>
        ))}
        {data?.page.has_more && (
          <li className="text-xs text-muted-foreground">{strings.moreChanges}</li>
        )}
      </ul>
    </section>
  );
}

import { useState } from "react";

import { ErrorPanel } from "@/components/error-panel";
import { JsonEditor } from "@/components/json-editor/json-editor";
import { TitledDialog } from "@/components/titled-dialog";
import { Button } from "@/components/ui/button";
import { DialogFooter } from "@/components/ui/dialog";
import { startRun, type Workflow } from "@/features/workflows/api";
import { strings } from "@/features/workflows/strings";

type Props = {
  project: string;
  workflow: Workflow;
  open: boolean;
  onClose: () => void;
  onStarted: (run: string) => void;
};

/** Start it by hand, with an input. */
export function RunDialog(props: Props) {
  return (
    <TitledDialog
      title={strings.runTitle}
      about={strings.runAbout}
      isOpen={props.open}
      className="max-w-lg"
      onClose={props.onClose}
    >
      <Body {...props} />
    </TitledDialog>
  );
}

function Body({ project, workflow, onClose, onStarted }: Props) {
  const [text, setText] = useState(() => JSON.stringify(namedInputs(workflow), null, 2));
  const [error, setError] = useState<unknown>(null);
  const input = readObject(text);

  async function start() {
    if (!input) return;
    try {
      const run = await startRun(project, workflow.id, input);
      onClose();
      onStarted(run.id);
    } catch (caught) {
      setError(caught);
    }
  }

  return (
    <>
      {error !== null && <ErrorPanel error={error} />}
      <JsonEditor label={strings.input} text={text} onChange={setText} lines={6} />
      {!input && <p className="text-xs text-destructive">{strings.notObject}</p>}
      <DialogFooter>
        <Button onClick={() => void start()} disabled={!input}>
          {strings.runAction}
        </Button>
      </DialogFooter>
    </>
  );
}

/** The members of the input that its steps name. */
function namedInputs(workflow: Workflow): Record<string, string> {
  const text = JSON.stringify(workflow.steps);
  const names = [...text.matchAll(/\binput\.([A-Za-z_]\w*)/g)].map((found) => found[1] ?? "");
  return Object.fromEntries(names.map((name) => [name, ""]));
}

function readObject(text: string): Record<string, unknown> | null {
  if (text.trim() === "") return {};
  try {
    const read: unknown = JSON.parse(text);
    const isObject = typeof read === "object" && read !== null && !Array.isArray(read);
    return isObject ? (read as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

import { lazy, Suspense } from "react";
import { toast } from "sonner";

import { ErrorPanel } from "@/components/error-panel";
import { Alert } from "@/components/ui/alert";
import { Skeleton } from "@/components/ui/skeleton";
import { Panel } from "@/features/workflows/components/panel";
import { Warnings } from "@/features/workflows/components/warnings";
import {
  freshStep,
  pathKey,
  removeStep,
  stepAt,
  type StepPath,
} from "@/features/workflows/definition";
import type { Fault } from "@/features/workflows/faults";
import { insertPlaced } from "@/features/workflows/placing";
import type { EditorSearch } from "@/features/workflows/routes";
import { strings } from "@/features/workflows/strings";
import type { Editing } from "@/features/workflows/use-editor";

const Canvas = lazy(() => import("@/features/workflows/components/canvas"));

/** The picture of the steps, and beside it what is chosen in it. */
export function Editor({
  project,
  editing,
  search,
  warnings = [],
  isReadOnly = false,
  onSearch,
}: {
  project: string;
  editing: Editing;
  /** Of the definition as it is saved. */
  warnings?: readonly Fault[];
  isReadOnly?: boolean;
  search: EditorSearch;
  onSearch: (change: EditorSearch) => void;
}) {
  const { definition } = editing;

  function add(path: StepPath, action: string) {
    const step = freshStep(definition.steps, action);
    editing.edit({ steps: insertPlaced(definition.steps, path, step) });
    onSearch({ step: pathKey(path) });
  }

  function remove(path: StepPath) {
    const step = stepAt(definition.steps, path);
    if (!step) return;
    editing.edit({ steps: removeStep(definition.steps, path) });
    onSearch({ ...search, step: undefined });
    const undo = () => editing.edit({ steps: definition.steps });
    toast(strings.stepRemoved(step.id), { action: { label: strings.undo, onClick: undo } });
  }

  const warned = editing.isChanged ? [] : warnings;
  return (
    <div className="flex min-h-0 flex-1 flex-col lg:flex-row">
      <div className="relative h-[55dvh] shrink-0 border-b lg:h-auto lg:min-w-0 lg:flex-1 lg:border-r lg:border-b-0">
        <Suspense fallback={<Waiting />}>
          <Canvas
            trigger={definition.trigger}
            steps={definition.steps}
            faults={editing.faults}
            selected={search.step}
            onSelect={(step) => onSearch({ step })}
            warnings={warned}
            onAdd={isReadOnly ? undefined : add}
            onRemove={isReadOnly ? undefined : remove}
            onArrange={isReadOnly ? undefined : (steps) => editing.edit({ steps })}
          />
        </Suspense>
      </div>
      <div className="flex min-h-0 flex-col bg-card lg:w-[26rem] xl:w-[30rem]">
        {editing.problem && <ErrorPanel error={editing.problem} className="m-4 mb-0" />}
        <Warnings
          definition={definition}
          warnings={warned}
          onSelect={(step) => onSearch({ ...search, step })}
        />
        {isReadOnly && <Alert className="m-4 mb-0">{strings.adminsOnly}</Alert>}
        <Panel
          project={project}
          editing={editing}
          search={search}
          onSearch={onSearch}
          onRemove={isReadOnly ? undefined : remove}
        />
      </div>
    </div>
  );
}

function Waiting() {
  return (
    <div role="status" aria-label={strings.loading} className="grid h-full place-items-center">
      <Skeleton className="h-40 w-60" />
    </div>
  );
}

import { ArrowDownIcon, ArrowUpIcon, CopyPlusIcon, Trash2Icon } from "lucide-react";

import { JsonEditor } from "@/components/json-editor/json-editor";
import { Button } from "@/components/ui/button";
import { Tabs, TabsContent, TabsList, TabsTrigger } from "@/components/ui/tabs";
import { SettingsForm } from "@/features/workflows/components/settings-form";
import { StepForm } from "@/features/workflows/components/step-form";
import { TriggerForm } from "@/features/workflows/components/trigger-form";
import {
  freshId,
  movedPath,
  moveStep,
  parsePath,
  pathKey,
  stepAt,
  type StepPath,
  withStep,
} from "@/features/workflows/definition";
import { faultsAt } from "@/features/workflows/faults";
import { TRIGGER_KEY } from "@/features/workflows/layout";
import { insertPlaced } from "@/features/workflows/placing";
import type { EditorSearch } from "@/features/workflows/routes";
import { strings } from "@/features/workflows/strings";
import type { Editing } from "@/features/workflows/use-editor";

type Props = {
  project: string;
  editing: Editing;
  search: EditorSearch;
  onSearch: (change: EditorSearch) => void;
  /** Missing where it is only looked at. */
  onRemove?: (path: StepPath) => void;
};

/** What is chosen in the picture, as a form; and the whole, as JSON. */
export function Panel(props: Props) {
  const { editing, search, onSearch, onRemove } = props;
  return (
    <Tabs
      value={search.json ? "json" : "form"}
      onValueChange={(tab) => onSearch({ ...search, json: tab === "json" || undefined })}
      className="flex min-h-0 flex-1 flex-col"
    >
      <TabsList className="px-4">
        <TabsTrigger value="form">{strings.panel.form}</TabsTrigger>
        <TabsTrigger value="json">{strings.panel.json}</TabsTrigger>
      </TabsList>
      <TabsContent value="form" className="min-h-0 flex-1 overflow-y-auto p-4">
        <fieldset disabled={!onRemove} className="contents">
          <Chosen {...props} />
        </fieldset>
      </TabsContent>
      <TabsContent
        value="json"
        className="flex min-h-0 flex-1 flex-col gap-2 p-4 [&_[data-slot=json-editor]]:max-h-none [&_[data-slot=json-editor]]:flex-1"
      >
        {editing.textFault && <p className="text-xs text-destructive">{editing.textFault}</p>}
        <JsonEditor
          label={strings.json}
          text={editing.text}
          onChange={editing.write}
          readOnly={!onRemove}
          lines={20}
        />
      </TabsContent>
    </Tabs>
  );
}

function Chosen(props: Props) {
  const { project, editing, search } = props;
  const { definition, faults, edit } = editing;
  if (search.step === TRIGGER_KEY) {
    return (
      <section className="grid gap-4">
        <h2 className="text-base font-semibold">{strings.trigger}</h2>
        <TriggerForm
          project={project}
          trigger={definition.trigger}
          faults={faultsAt(faults, TRIGGER_KEY)}
          onChange={(trigger) => edit({ trigger })}
        />
      </section>
    );
  }
  const path = parsePath(search.step ?? "");
  const step = path && stepAt(definition.steps, path);
  if (path && step) {
    return (
      // Another step is another form: half-written rows and texts are its own.
      <section key={search.step} className="grid gap-4">
        <StepHeader {...props} path={path} id={step.id} />
        <StepForm
          project={project}
          definition={definition}
          path={path}
          step={step}
          faults={faultsAt(faults, pathKey(path))}
          onChange={(next) => edit({ steps: withStep(definition.steps, path, next) })}
        />
      </section>
    );
  }
  return (
    <section className="grid gap-4">
      <h2 className="text-base font-semibold">{strings.settings}</h2>
      <SettingsForm
        project={project}
        definition={definition}
        faults={faultsAt(faults, "")}
        onChange={edit}
      />
    </section>
  );
}

function StepHeader({
  editing,
  search,
  onSearch,
  onRemove,
  path,
  id,
}: Props & { path: StepPath; id: string }) {
  const { steps } = editing.definition;

  function move(by: 1 | -1) {
    const target = movedPath(steps, path, by);
    if (!target) return;
    editing.edit({ steps: moveStep(steps, path, by) });
    onSearch({ ...search, step: pathKey(target) });
  }

  function duplicate() {
    const step = stepAt(steps, path);
    if (!step) return;
    const target = [...path.slice(0, -1), (path.at(-1) ?? 0) + 1];
    const copy = { ...step, id: freshId(steps, step.id) };
    editing.edit({ steps: insertPlaced(steps, target, copy) });
    onSearch({ ...search, step: pathKey(target) });
  }

  return (
    <div className="flex items-center gap-1">
      <h2 className="min-w-0 flex-1 truncate text-base font-semibold">{strings.stepTitle(id)}</h2>
      {onRemove && (
        <>
          <IconButton
            label={strings.moveUp}
            onClick={() => move(-1)}
            isOff={!movedPath(steps, path, -1)}
          >
            <ArrowUpIcon />
          </IconButton>
          <IconButton
            label={strings.moveDown}
            onClick={() => move(1)}
            isOff={!movedPath(steps, path, 1)}
          >
            <ArrowDownIcon />
          </IconButton>
          <IconButton label={strings.duplicate} onClick={duplicate}>
            <CopyPlusIcon />
          </IconButton>
          <IconButton label={strings.remove} onClick={() => onRemove(path)}>
            <Trash2Icon />
          </IconButton>
        </>
      )}
    </div>
  );
}

function IconButton({
  label,
  isOff,
  onClick,
  children,
}: {
  label: string;
  isOff?: boolean;
  onClick: () => void;
  children: React.ReactNode;
}) {
  return (
    <Button
      variant="ghost"
      size="icon-sm"
      aria-label={label}
      title={label}
      aria-disabled={isOff}
      onClick={onClick}
    >
      {children}
    </Button>
  );
}

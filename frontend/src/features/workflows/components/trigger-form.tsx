import { useSuspenseQuery } from "@tanstack/react-query";

import { ConditionField } from "@/components/condition-builder/condition-field";
import type { JsonCondition } from "@/components/condition-builder/conditions";
import { recordSubjects } from "@/components/condition-builder/record-subjects";
import { ChoiceInput, LineInput } from "@/features/workflows/components/inputs";
import type { Trigger } from "@/features/workflows/definition";
import { type Fault, saidOf } from "@/features/workflows/faults";
import { shownList } from "@/features/workflows/param-kinds";
import { strings } from "@/features/workflows/strings";
import { collectionsQuery } from "@/lib/collections";
import { collectionLabel } from "@/lib/fields";

type Props = {
  project: string;
  trigger: Trigger;
  faults: readonly Fault[];
  onChange: (trigger: Trigger) => void;
};

const TYPES = Object.entries(strings.triggers).map(([value, label]) => ({ value, label }));
const MISSED = Object.entries(strings.missedOptions).map(([value, label]) => ({ value, label }));

export function TriggerForm(props: Props) {
  const { project, trigger, faults, onChange } = props;
  const { data: collections } = useSuspenseQuery(collectionsQuery(project));

  function choose(type: string) {
    const first = collections.find((each) => each.name !== "users") ?? collections[0];
    onChange(changedType(trigger, type, first?.name));
  }

  return (
    <div className="grid gap-4">
      <ChoiceInput
        label={strings.triggerType}
        error={saidOf(faults, "type") ?? saidOf(faults, "")}
        value={trigger.type}
        options={TYPES}
        onChange={choose}
      />
      {trigger.type.startsWith("record.") && <RecordFields {...props} />}
      {trigger.type === "schedule" && <ScheduleFields {...props} />}
      {trigger.type === "webhook" && (
        <LineInput
          label={strings.headers}
          hint={`${strings.headersHint} ${strings.hookHint}`}
          error={saidOf(faults, "headers")}
          value={shownList(trigger.headers)}
          onChange={(text) => onChange({ ...trigger, headers: namesOf(text) })}
        />
      )}
    </div>
  );
}

function RecordFields({ project, trigger, faults, onChange }: Props) {
  const { data: collections } = useSuspenseQuery(collectionsQuery(project));
  const collection = collections.find((each) => each.name === trigger.collection);
  const said = saidOf(faults, "where");
  return (
    <>
      <ChoiceInput
        label={strings.collection}
        error={saidOf(faults, "collection")}
        value={String(trigger.collection ?? "")}
        placeholder={strings.chooseCollection}
        options={collections.map((each) => ({ value: each.name, label: collectionLabel(each) }))}
        onChange={(name) => onChange({ type: trigger.type, collection: name })}
      />
      <div className="grid gap-1.5">
        <p className="text-sm font-medium">{strings.where}</p>
        <ConditionField
          key={collection?.name}
          label={strings.where}
          subjects={recordSubjects(collection)}
          value={(trigger.where ?? null) as JsonCondition | null}
          onChange={(where) => onChange({ ...trigger, where })}
        />
        <p className={said ? "text-xs text-destructive" : "text-xs text-muted-foreground"}>
          {said ?? strings.whereHint}
        </p>
      </div>
    </>
  );
}

function ScheduleFields({ trigger, faults, onChange }: Props) {
  return (
    <>
      <LineInput
        label={strings.cron}
        hint={strings.cronHint}
        error={saidOf(faults, "cron")}
        value={String(trigger.cron ?? "")}
        onChange={(cron) => onChange({ ...trigger, cron })}
      />
      <LineInput
        label={strings.timezone}
        error={saidOf(faults, "timezone")}
        value={String(trigger.timezone ?? "UTC")}
        placeholder="Europe/Berlin"
        onChange={(timezone) => onChange({ ...trigger, timezone })}
      />
      <ChoiceInput
        label={strings.missed}
        error={saidOf(faults, "missed")}
        value={String(trigger.missed ?? "once")}
        options={MISSED}
        onChange={(missed) => onChange({ ...trigger, missed })}
      />
    </>
  );
}

/** Another type keeps nothing but, between those of records, the collection and the condition. */
function changedType(trigger: Trigger, type: string, collection: string | undefined): Trigger {
  if (type.startsWith("record.")) {
    if (trigger.type.startsWith("record.")) return { ...trigger, type };
    return { type, collection: collection ?? "" };
  }
  if (type === "schedule") return { type, cron: "0 6 * * *", timezone: ownZone() };
  return type === "webhook" ? { type, headers: [] } : { type };
}

function ownZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

function namesOf(text: string): string[] {
  return text.split(",").flatMap((name) => name.trim() || []);
}

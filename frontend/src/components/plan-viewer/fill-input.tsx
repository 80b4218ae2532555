import { useState } from "react";

import { operatorOf } from "@/components/condition-builder/operators";
import { ValueInput } from "@/components/condition-builder/value-input";
import { JsonEditor } from "@/components/json-editor/json-editor";
import { RecordPicker } from "@/components/record-picker/record-picker";
import { Switch } from "@/components/ui/switch";
import type { Collection, Field } from "@/lib/collections";

type Props = {
  project: string;
  /** Where a relation leads. */
  target: Collection | undefined;
  place: string;
  rule: string;
  field: Field;
  error: string | undefined;
  value: unknown;
  onChange: (value: unknown) => void;
};

/** A value of the field's type; for references to nothing, whether to empty them. */
export function FillInput(props: Props) {
  const { place, rule, error } = props;
  return (
    <div role="group" aria-label={place} className="grid grid-cols-1 gap-1.5">
      <p className="text-sm">
        <code className="font-mono font-medium">{place}</code>{" "}
        <span className="text-muted-foreground">
          {rule === "relation"
            ? "leads to nothing in some records"
            : "has no value in some records"}
        </span>
      </p>
      <Control {...props} />
      {error && <p className="text-xs text-destructive">{error}</p>}
    </div>
  );
}

function Control(props: Props) {
  const { project, target, place, rule, field, value, onChange } = props;
  if (rule === "relation") {
    return (
      <label className="flex items-center gap-2 text-sm">
        <Switch
          checked={value === null}
          onCheckedChange={(isEmptied) => onChange(isEmptied ? null : undefined)}
        />
        Empty these references
      </label>
    );
  }
  if (field.type === "relation" && target) {
    return (
      <RecordPicker
        project={project}
        collection={target}
        value={value === undefined ? undefined : String(value)}
        onChange={onChange}
        placeholder="Choose a record for them"
        label={place}
      />
    );
  }
  if (field.type === "json" || field.type.startsWith("array")) return <JsonFill {...props} />;
  return (
    <ValueInput
      type={field.type}
      values={field.values}
      operator={operatorOf(field.type, "eq")}
      value={value ?? ""}
      onChange={onChange}
    />
  );
}

function JsonFill({ place, value, onChange }: Props) {
  const [text, setText] = useState(() => (value === undefined ? "" : JSON.stringify(value)));

  function write(next: string) {
    setText(next);
    try {
      onChange(JSON.parse(next) as unknown);
    } catch {
      // Half-written: the editor says so.
      onChange(undefined);
    }
  }

  return <JsonEditor label={place} text={text} lines={2} onChange={write} />;
}

import { useState } from "react";

import { FieldFrame } from "@/components/form/field";
import { JsonEditor } from "@/components/json-editor/json-editor";
import { Input } from "@/components/ui/input";
import {
  Select,
  SelectContent,
  SelectItem,
  SelectTrigger,
  SelectValue,
} from "@/components/ui/select";
import { Textarea } from "@/components/ui/textarea";
import { LinksInput } from "@/features/data/components/links-input";
import { RelationInput } from "@/features/data/components/relation-input";
import { strings } from "@/features/data/strings";
import { parsed } from "@/features/data/values";
import type { Collection, Field } from "@/lib/collections";
import { describeType, isBelongsTo } from "@/lib/fields";
import { fromLocal, toLocal } from "@/lib/moments";

type Props = {
  project: string;
  collections: readonly Collection[];
  field: Field;
  /** Undefined: nothing was given, and the API decides. */
  value: unknown;
  isNew: boolean;
  error?: string;
  onChange: (value: unknown) => void;
};

type Control = Props & { described: { id: string } & Record<string, unknown> };

const UNSET = "\u0000unset";
export const KINDS: Record<string, string> = {
  date: "date",
  datetime: "datetime-local",
  email: "email",
  url: "url",
};

export function FieldInput(props: Props) {
  const { field, error } = props;
  const hint = [describeType(field), !field.required && strings.optional, field.description]
    .filter(Boolean)
    .join(" · ");
  return (
    <FieldFrame label={field.label ?? field.name} hint={hint} error={error}>
      {(described) => <ControlOf {...props} described={described} />}
    </FieldFrame>
  );
}

function ControlOf(props: Control) {
  const { field } = props;
  if (isBelongsTo(field)) return <RelationInput {...props} />;
  if (field.type === "relation") return <LinksInput {...props} />;
  if (field.type === "enum") return <Choice {...props} options={field.values ?? []} />;
  if (field.type === "boolean") return <Choice {...props} options={["true", "false"]} />;
  if (field.type === "text") return <LongText {...props} />;
  if (field.type === "json" || field.type.startsWith("array")) return <JsonInput {...props} />;
  return <LineInput {...props} />;
}

function LineInput({ field, value, isNew, described, onChange }: Control) {
  const isMoment = field.type === "datetime";
  const shown = isMoment ? toLocal(value) : value;
  return (
    <Input
      {...described}
      type={KINDS[field.type] ?? "text"}
      step={isMoment ? 1 : undefined}
      inputMode={["int", "float", "decimal"].includes(field.type) ? "decimal" : undefined}
      placeholder={isNew && field.default !== undefined ? String(field.default) : undefined}
      value={shown === null || shown === undefined ? "" : String(shown)}
      onChange={(event) => {
        const text = event.target.value;
        onChange(isMoment ? fromLocal(text) : parsed(text, field));
      }}
    />
  );
}

function LongText({ value, described, onChange }: Control) {
  return (
    <Textarea
      {...described}
      value={typeof value === "string" ? value : ""}
      onChange={(event) => onChange(event.target.value)}
    />
  );
}

function Choice({ field, value, described, onChange, options }: Control & { options: string[] }) {
  const isBoolean = field.type === "boolean";

  function choose(text: string) {
    if (text === UNSET) onChange(null);
    else onChange(isBoolean ? text === "true" : text);
  }

  const placeholder = field.default === undefined ? strings.unset : String(field.default);
  return (
    <Select
      value={value === undefined ? "" : value === null ? UNSET : String(value)}
      onValueChange={choose}
    >
      <SelectTrigger {...described}>
        <SelectValue placeholder={placeholder} />
      </SelectTrigger>
      <SelectContent>
        {options.map((option) => (
          <SelectItem key={option} value={option}>
            {isBoolean ? (option === "true" ? strings.yes : strings.no) : option}
          </SelectItem>
        ))}
        {!field.required && <SelectItem value={UNSET}>{strings.unset}</SelectItem>}
      </SelectContent>
    </Select>
  );
}

function JsonInput({ field, value, described, onChange }: Control) {
  const [text, setText] = useState(() =>
    value === undefined || value === null ? "" : JSON.stringify(value, null, 2),
  );

  function change(next: string) {
    setText(next);
    try {
      onChange(next.trim() === "" ? null : (JSON.parse(next) as unknown));
    } catch {
      // Half-written: the editor says so, and what was there before is kept.
    }
  }

  return (
    <JsonEditor
      id={described.id}
      label={field.label ?? field.name}
      text={text}
      lines={field.type === "json" ? 6 : 2}
      onChange={change}
    />
  );
}

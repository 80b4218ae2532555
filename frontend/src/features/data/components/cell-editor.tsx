import { type FocusEvent, type KeyboardEvent, useId, useRef, useState } from "react";
import { toast } from "sonner";

import type { CellEdit } from "@/components/data-table/types";
import {
  Select,
  SelectContent,
  SelectItem,
  SelectTrigger,
  SelectValue,
} from "@/components/ui/select";
import { editCell, type RecordData } from "@/features/data/api";
import type { ExplorerProps } from "@/features/data/components/explorer";
import { KINDS } from "@/features/data/components/field-input";
import { RelationInput } from "@/features/data/components/relation-input";
import { strings } from "@/features/data/strings";
import { parsed } from "@/features/data/values";
import type { Field } from "@/lib/collections";
import { describeType, isBelongsTo, memberOf } from "@/lib/fields";
import { fromLocal, toLocal } from "@/lib/moments";
import { asProblem } from "@/lib/problem";

type Props = ExplorerProps & { field: Field; row: RecordData; edit: CellEdit };
type Save = (value: unknown, record?: RecordData | null) => void;

const UNSET = "\u0000unset";

/** What stands in a cell of the grid while it is edited. */
export function CellEditor(props: Props) {
  const { project, collection, field, row, edit } = props;
  const member = memberOf(field);

  function save(value: unknown, record?: RecordData | null) {
    edit.done();
    if (value === (row[member] ?? null)) return;
    const shown = record === undefined ? {} : { [field.name]: record };
    editCell(project, collection.name, row, { [member]: value }, shown).catch((error: unknown) => {
      const { violations, body } = asProblem(error);
      const name = field.label ?? field.name;
      toast.error(strings.refused(name, violations[0]?.message ?? body.detail));
    });
  }

  if (isBelongsTo(field)) return <RelationEditor {...props} onSave={save} />;
  if (field.type === "enum")
    return <ChoiceEditor {...props} options={field.values} onSave={save} />;
  if (field.type === "boolean") {
    return <ChoiceEditor {...props} options={["true", "false"]} onSave={save} />;
  }
  return <LineEditor {...props} onSave={save} />;
}

function RelationEditor({ field, row, edit, onSave, ...props }: Props & { onSave: Save }) {
  const id = useId();
  return (
    <RelationInput
      {...props}
      field={field}
      value={row[memberOf(field)]}
      described={{ id, "aria-label": field.label ?? field.name }}
      onChange={onSave}
      onClose={edit.done}
    />
  );
}

function ChoiceEditor({
  field,
  row,
  edit,
  options = [],
  onSave,
}: Props & { options?: string[]; onSave: Save }) {
  const isBoolean = field.type === "boolean";
  const value = row[field.name];

  function choose(text: string) {
    if (text === UNSET) onSave(null);
    else onSave(isBoolean ? text === "true" : text);
  }

  return (
    <Select
      defaultOpen
      value={value === null || value === undefined ? UNSET : String(value)}
      onValueChange={choose}
      onOpenChange={(open) => !open && edit.done()}
    >
      <SelectTrigger
        aria-label={field.label ?? field.name}
        className="size-full rounded-none border-0"
      >
        <SelectValue />
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

/** Enter and leaving the cell keep what was typed, Escape forgets it. */
function LineEditor({ field, row, edit, onSave }: Props & { onSave: Save }) {
  const isMoment = field.type === "datetime";
  const held = row[field.name];
  const [text, setText] = useState(() => {
    // A letter cannot begin a date.
    if (edit.typed !== undefined && !isMoment && field.type !== "date") return edit.typed;
    if (held === null || held === undefined) return "";
    return isMoment ? toLocal(held) : String(held);
  });
  const isOver = useRef(false);

  function keep() {
    if (isOver.current) return;
    isOver.current = true;
    onSave(isMoment ? fromLocal(text) : parsed(text, field));
  }

  function onKeyDown(event: KeyboardEvent) {
    event.stopPropagation();
    const isLine = field.type !== "text" || event.ctrlKey || event.metaKey || !event.shiftKey;
    if (event.key === "Enter" && isLine) keep();
    else if (event.key === "Escape") {
      isOver.current = true;
      edit.done();
    } else return;
    event.preventDefault();
  }

  const common = {
    "aria-label": `${field.label ?? field.name}, ${describeType(field)}`,
    autoFocus: true,
    value: text,
    onKeyDown,
    onBlur: keep,
    onFocus: (event: FocusEvent<HTMLInputElement | HTMLTextAreaElement>) =>
      edit.typed === undefined && event.target.select(),
  };
  if (field.type === "text") {
    return (
      <textarea
        {...common}
        rows={5}
        className="absolute top-0 left-0 w-full min-w-72 rounded-b-md border bg-popover p-3 text-sm shadow-lg"
        onChange={(event) => setText(event.target.value)}
      />
    );
  }
  return (
    <input
      {...common}
      type={isMoment || field.type === "date" ? KINDS[field.type] : "text"}
      step={isMoment ? 1 : undefined}
      inputMode={["int", "float", "decimal"].includes(field.type) ? "decimal" : undefined}
      className="size-full bg-transparent px-3 text-sm outline-none"
      onChange={(event) => setText(event.target.value)}
    />
  );
}

import { PlusIcon, XIcon } from "lucide-react";

import type { Group, Row, Subject, Variable } from "@/components/condition-builder/conditions";
import { operatorOf, operatorsOf } from "@/components/condition-builder/operators";
import { ValueInput } from "@/components/condition-builder/value-input";
import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/input";
import {
  Select,
  SelectContent,
  SelectItem,
  SelectTrigger,
  SelectValue,
} from "@/components/ui/select";

const OTHER = "…";

/** Rows of subject, operator and value: the condition language without its spelling. */
export function ConditionBuilder({
  subjects,
  group,
  onChange,
  variables,
  takesPaths,
}: {
  subjects: readonly Subject[];
  group: Group;
  onChange: (group: Group) => void;
  /** What a value may be besides one that is typed, where the condition is kept for later. */
  variables?: readonly Variable[];
  /** Whether a path can be written that no subject names. */
  takesPaths?: boolean;
}) {
  function replace(index: number, row: Row) {
    onChange({ ...group, rows: group.rows.map((each, at) => (at === index ? row : each)) });
  }

  function add() {
    const [first] = subjects;
    if (!first && !takesPaths) return;
    const operator = operatorsOf(first?.type ?? "any")[0]?.name ?? "eq";
    const row = { path: first?.path ?? "", operator, value: "" };
    onChange({ ...group, rows: [...group.rows, row] });
  }

  return (
    <div className="grid grid-cols-1 gap-2">
      {group.rows.length > 1 && <Match group={group} onChange={onChange} />}
      {group.rows.map((row, index) => (
        <ConditionRow
          // Rows have no identity of their own, and only their place tells them apart.
          key={index}
          subjects={subjects}
          variables={variables}
          takesPaths={takesPaths}
          row={row}
          onChange={(next) => replace(index, next)}
          onRemove={() => onChange({ ...group, rows: group.rows.filter((_, at) => at !== index) })}
        />
      ))}
      <Button variant="ghost" size="sm" className="justify-self-start" onClick={add}>
        <PlusIcon />
        Add a condition
      </Button>
    </div>
  );
}

function Match({ group, onChange }: { group: Group; onChange: (group: Group) => void }) {
  return (
    <div className="flex items-center gap-2 text-sm text-muted-foreground">
      Match
      <Select
        value={group.match}
        onValueChange={(match) => onChange({ ...group, match: match as Group["match"] })}
      >
        <SelectTrigger className="w-20" aria-label="Match all or any">
          <SelectValue />
        </SelectTrigger>
        <SelectContent>
          <SelectItem value="all">all</SelectItem>
          <SelectItem value="any">any</SelectItem>
        </SelectContent>
      </Select>
      of these
    </div>
  );
}

function ConditionRow({
  subjects,
  variables,
  takesPaths,
  row,
  onChange,
  onRemove,
}: {
  subjects: readonly Subject[];
  variables?: readonly Variable[];
  takesPaths?: boolean;
  row: Row;
  onChange: (row: Row) => void;
  onRemove: () => void;
}) {
  const subject = subjects.find(({ path }) => path === row.path);
  const type = subject?.type ?? (takesPaths ? "any" : "string");
  const operator = operatorOf(type, row.operator);

  function choose(path: string) {
    const next = subjects.find((each) => each.path === path)?.type ?? "any";
    const kept = operatorsOf(next).some(({ name }) => name === row.operator);
    onChange({ path: path === OTHER ? "" : path, operator: kept ? row.operator : "eq", value: "" });
  }

  function operate(name: string) {
    const isKept = operatorOf(type, name).takes === operator.takes;
    const value = operatorOf(type, name).takes === "truth" ? true : isKept ? row.value : "";
    onChange({ ...row, operator: name, value });
  }

  return (
    <div className="flex flex-wrap items-center gap-1.5 rounded-md max-sm:border max-sm:p-2 sm:flex-nowrap">
      {subject || !takesPaths ? (
        <Select value={row.path} onValueChange={choose}>
          <SelectTrigger className="min-w-0 basis-full sm:w-40 sm:basis-auto" aria-label="Field">
            <SelectValue />
          </SelectTrigger>
          <SelectContent>
            {subjects.map((each) => (
              <SelectItem key={each.path} value={each.path}>
                {each.label}
              </SelectItem>
            ))}
            {takesPaths && <SelectItem value={OTHER}>Another path…</SelectItem>}
          </SelectContent>
        </Select>
      ) : (
        <Input
          aria-label="Path"
          placeholder="steps.call.response.status"
          className="min-w-0 basis-full font-mono text-xs sm:w-40 sm:basis-auto"
          value={row.path}
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => onChange({ ...row, path: event.target.value.trim() })}
        />
      )}
      <Select value={operator.name} onValueChange={operate}>
        <SelectTrigger className="w-32 min-w-0 flex-none sm:w-36" aria-label="Operator">
          <SelectValue />
        </SelectTrigger>
        <SelectContent>
          {operatorsOf(type).map(({ name, label }) => (
            <SelectItem key={name} value={name}>
              {label}
            </SelectItem>
          ))}
        </SelectContent>
      </Select>
      <ValueInput
        type={type}
        values={subject?.values}
        operator={operator}
        variables={variables}
        value={row.value}
        onChange={(value) => onChange({ ...row, value })}
      />
      <Button variant="ghost" size="icon-sm" aria-label="Remove the condition" onClick={onRemove}>
        <XIcon />
      </Button>
    </div>
  );
}

import { BracesIcon, ListFilterIcon } from "lucide-react";
import { useState } from "react";

import { ConditionBuilder } from "@/components/condition-builder/condition-builder";
import {
  fromCondition,
  type Group,
  type JsonCondition,
  otherSubjects,
  type Subject,
  toCondition,
  type Variable,
} from "@/components/condition-builder/conditions";
import { JsonEditor } from "@/components/json-editor/json-editor";
import { Button } from "@/components/ui/button";

type Props = {
  label: string;
  subjects: readonly Subject[];
  value: JsonCondition | null;
  /** Whether it may also ask about what no subject names: a path is then written. */
  takesPaths?: boolean;
  variables?: readonly Variable[];
  /** `isValid` is false while the text is no JSON object yet; the value is then the one before. */
  onChange: (value: JsonCondition | null, isValid: boolean) => void;
};

/** A condition as rows or, where it is deeper than rows can show, as JSON. */
export function ConditionField(props: Props) {
  const { label, subjects, value, variables, takesPaths, onChange } = props;
  const [group, setGroup] = useState(() => read());
  const [asText, setAsText] = useState(false);

  function read(): Group | null {
    const others = takesPaths ? otherSubjects(value, subjects) : [];
    return fromCondition(value, [...subjects, ...others]);
  }

  function build(next: Group) {
    setGroup(next);
    onChange(toCondition(next), true);
  }

  function toggle() {
    if (asText) setGroup(read());
    setAsText(!asText);
  }

  const hasRows = takesPaths === true || subjects.length > 0;
  const isDeep = group === null || !hasRows;
  return (
    <div role="group" aria-label={label} className="grid grid-cols-1 gap-1">
      {asText || isDeep ? (
        <ConditionText {...props} />
      ) : (
        <ConditionBuilder
          subjects={subjects}
          variables={variables}
          group={group}
          takesPaths={takesPaths}
          onChange={build}
        />
      )}
      {hasRows && (!isDeep || asText) && (
        <Button
          variant="ghost"
          size="sm"
          className="justify-self-start text-muted-foreground"
          onClick={toggle}
        >
          {asText ? <ListFilterIcon /> : <BracesIcon />}
          {asText ? "Edit as rows" : "Edit as JSON"}
        </Button>
      )}
    </div>
  );
}

function ConditionText({ label, value, onChange }: Props) {
  const [text, setText] = useState(() => (value ? JSON.stringify(value, null, 2) : ""));

  function write(next: string) {
    setText(next);
    const read = parsed(next);
    onChange(read === undefined ? value : read, read !== undefined);
  }

  return <JsonEditor label={label} text={text} onChange={write} lines={5} />;
}

function parsed(text: string): JsonCondition | null | undefined {
  if (text.trim() === "") return null;
  try {
    const read: unknown = JSON.parse(text);
    const isObject = typeof read === "object" && read !== null && !Array.isArray(read);
    return isObject ? (read as JsonCondition) : undefined;
  } catch {
    return undefined;
  }
}

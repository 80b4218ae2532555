import { useEffect, useState } from "react";

import { FieldFrame } from "@/components/form/field";
import { JsonEditor } from "@/components/json-editor/json-editor";
import { RecordPicker } from "@/components/record-picker/record-picker";
import { Segmented } from "@/components/ui/segmented";
import {
  Select,
  SelectContent,
  SelectItem,
  SelectTrigger,
  SelectValue,
} from "@/components/ui/select";
import { type Action, ACTIONS } from "@/features/policies/api";
import { PrincipalSelect } from "@/features/policies/components/principal-select";
import { strings } from "@/features/policies/strings";
import { CHANNELS } from "@/features/policies/subjects";
import { useGuarded } from "@/features/policies/use-people";
import { usePoliciesSearch } from "@/features/policies/use-policies-search";

const SETTLED_MS = 400;

/** The question; each answer is asked for at once. */
export function ExplainForm() {
  const { search, update } = usePoliciesSearch();
  const { options } = useGuarded();
  const writes = search.action === "create" || search.action === "update";
  return (
    <div className="grid min-w-0 grid-cols-[minmax(0,1fr)] gap-4">
      <p className="text-sm text-muted-foreground">{strings.explainAbout}</p>
      <FieldFrame label={strings.asWhom}>
        {({ id }) => (
          <PrincipalSelect
            id={id}
            value={search.principal}
            onChange={(principal) => update({ principal })}
          />
        )}
      </FieldFrame>
      <ActionChoice />
      <FieldFrame label={strings.collection}>
        {({ id }) => (
          <Select
            value={search.collection ?? ""}
            onValueChange={(collection) =>
              update({ collection, record: undefined, data: undefined })
            }
          >
            <SelectTrigger id={id}>
              <SelectValue placeholder={strings.collection} />
            </SelectTrigger>
            <SelectContent>
              {options.map((option) => (
                <SelectItem key={option.value} value={option.value}>
                  {option.label}
                </SelectItem>
              ))}
            </SelectContent>
          </Select>
        )}
      </FieldFrame>
      <RecordChoice />
      {writes && <Data key={search.collection} />}
    </div>
  );
}

function ActionChoice() {
  const { search, update } = usePoliciesSearch();
  return (
    <Segmented<Action>
      label={strings.actionsLabel}
      value={(search.action ?? "") as Action}
      onChange={(action) => update({ action })}
      className="w-full [&>button]:flex-1 [&>button]:justify-center [&>button]:px-1"
      options={ACTIONS.map((action) => ({ value: action, label: strings.actions[action] }))}
    />
  );
}

function RecordChoice() {
  const { project, search, update } = usePoliciesSearch();
  const { collections } = useGuarded();
  const collection = collections.find(({ name }) => name === search.collection);
  if (!collection || search.action === "create" || search.collection === CHANNELS) return null;
  return (
    <FieldFrame label={strings.record}>
      {({ id }) => (
        <RecordPicker
          key={collection.name}
          id={id}
          project={project}
          collection={collection}
          value={search.record}
          onChange={(record) => update({ record })}
          label={strings.record}
          placeholder={strings.anyRecord}
          clear={strings.noRecord}
        />
      )}
    </FieldFrame>
  );
}

function Data() {
  const { search, update } = usePoliciesSearch();
  const [text, setText] = useState(search.data ?? "");
  useEffect(() => {
    const isChanged = text !== (search.data ?? "") && (text === "" || isJson(text));
    const timer = setTimeout(() => isChanged && update({ data: text || undefined }), SETTLED_MS);
    return () => clearTimeout(timer);
  });
  return (
    <FieldFrame label={strings.data} hint={strings.dataHint}>
      {({ id }) => (
        <JsonEditor id={id} label={strings.data} text={text} onChange={setText} lines={4} />
      )}
    </FieldFrame>
  );
}

function isJson(text: string): boolean {
  try {
    return typeof JSON.parse(text) === "object";
  } catch {
    return false;
  }
}

import { BracesIcon, PlusIcon, XIcon } from "lucide-react";
import { useId, useState } from "react";

import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/input";
import { JsonInput } from "@/features/workflows/components/json-input";
import { isFlat, shownValue, typedValue } from "@/features/workflows/param-kinds";
import { strings } from "@/features/workflows/strings";

type Pair = { name: string; value: unknown };
type Props = {
  label: string;
  value: unknown;
  /** Names to choose from. */
  names?: readonly string[];
  error?: string;
  onChange: (value: Record<string, unknown> | undefined) => void;
};

/** An object as rows of a name and a value, or as JSON where values hold more. */
export function PairsInput(props: Props) {
  const [asJson, setAsJson] = useState(!isFlat(props.value));
  return (
    <fieldset className="grid gap-1.5">
      <legend className="mb-1.5 flex w-full items-center justify-between text-sm font-medium">
        {props.label}
        {(isFlat(props.value) || !asJson) && (
          <Button
            variant="ghost"
            size="sm"
            className="text-muted-foreground"
            onClick={() => setAsJson(!asJson)}
          >
            <BracesIcon />
            {asJson ? strings.asRows : strings.asJson}
          </Button>
        )}
      </legend>
      {asJson ? (
        <JsonInput
          label={props.label}
          value={props.value}
          error={props.error}
          onChange={(value) => props.onChange(value as Record<string, unknown> | undefined)}
        />
      ) : (
        <Rows {...props} />
      )}
    </fieldset>
  );
}

function Rows({ label, value, names = [], error, onChange }: Props) {
  // Rows without a name yet are in no object.
  const [pairs, setPairs] = useState<Pair[]>(() => pairsOf(value));
  const list = useId();

  function change(next: Pair[]) {
    setPairs(next);
    onChange(objectOf(next));
  }

  function replace(at: number, pair: Partial<Pair>) {
    change(pairs.map((each, index) => (index === at ? { ...each, ...pair } : each)));
  }

  return (
    <>
      {pairs.map((pair, at) => (
        // Rows have no identity of their own, and only their place tells them apart.
        <div key={at} className="grid grid-cols-[2fr_3fr_auto] gap-1.5">
          <Input
            aria-label={`${label}: ${strings.pairName}`}
            list={list}
            value={pair.name}
            onChange={(event) => replace(at, { name: event.target.value })}
          />
          <Input
            aria-label={`${label}: ${strings.pairValue}`}
            value={shownValue(pair.value)}
            onChange={(event) => replace(at, { value: typedValue(event.target.value) })}
          />
          <Button
            variant="ghost"
            size="icon"
            aria-label={strings.removePair}
            onClick={() => change(pairs.filter((_, index) => index !== at))}
          >
            <XIcon />
          </Button>
        </div>
      ))}
      <datalist id={list}>
        {names.map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
      {error && <p className="text-xs text-destructive">{error}</p>}
      <Button
        variant="ghost"
        size="sm"
        className="justify-self-start"
        onClick={() => setPairs([...pairs, { name: "", value: "" }])}
      >
        <PlusIcon />
        {strings.addPair}
      </Button>
    </>
  );
}

function pairsOf(value: unknown): Pair[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).map(([name, each]) => ({ name, value: each as unknown }));
}

function objectOf(pairs: readonly Pair[]): Record<string, unknown> | undefined {
  const named = pairs.filter((pair) => pair.name !== "");
  if (named.length === 0) return undefined;
  return Object.fromEntries(named.map(({ name, value }) => [name, value]));
}

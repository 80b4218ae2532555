import { RefreshCwIcon } from "lucide-react";
import { type FormEvent, useState } from "react";

import { FillInput } from "@/components/plan-viewer/fill-input";
import type { Plan } from "@/components/plan-viewer/types";
import { Button } from "@/components/ui/button";
import type { Collection, Field } from "@/lib/collections";
import { Problem } from "@/lib/problem";

export type Fills = Record<string, unknown>;

type Props = {
  project: string;
  /** As the plan would leave them. */
  collections: readonly Collection[];
  plan: Plan | undefined;
  /** Why there is no plan: a value that does not fit is told beside it. */
  error: unknown;
  fills: Fills;
  onChange: (fills: Fills) => void;
};

/** Values for rows that a plan would be stopped by; with them it is made anew. */
export function FillForm({ project, collections, plan, error, fills, onChange }: Props) {
  const [values, setValues] = useState<Fills>(fills);
  const places = placesOf(plan, fills);
  if (places.length === 0) return null;

  function send(event: FormEvent) {
    event.preventDefault();
    const given = Object.entries(values).filter(([, value]) => value !== undefined && value !== "");
    onChange(Object.fromEntries(given));
  }

  return (
    <form
      aria-label="Values for rows without one"
      onSubmit={send}
      className="grid grid-cols-1 gap-4 rounded-lg border bg-muted/30 p-4"
    >
      {places.map(({ place, rule }) => {
        const found = fieldAt(place, collections);
        return found ? (
          <FillInput
            key={place}
            project={project}
            target={collections.find((each) => each.name === found.to)}
            place={place}
            rule={rule}
            field={found}
            error={faultOf(place, error)}
            value={values[place]}
            onChange={(value) => setValues({ ...values, [place]: value })}
          />
        ) : null;
      })}
      <Button type="submit" variant="outline" className="justify-self-start">
        <RefreshCwIcon />
        Plan again
      </Button>
    </form>
  );
}

type Place = { place: string; rule: string };

/** What stands in the way and can be filled, and what was filled already. */
function placesOf(plan: Plan | undefined, fills: Fills): Place[] {
  const found = new Map(
    Object.entries(fills).map(([place, value]) => [
      place,
      value === null ? "relation" : "required",
    ]),
  );
  for (const { place, rule } of plan?.offenders ?? []) {
    if (place && (rule === "required" || rule === "relation")) found.set(place, rule);
  }
  return [...found].map(([place, rule]) => ({ place, rule })).sort(byPlace);
}

function byPlace(one: Place, other: Place): number {
  return one.place < other.place ? -1 : 1;
}

function fieldAt(place: string, collections: readonly Collection[]): Field | undefined {
  const [collection, name] = place.split(".");
  const fields = collections.find((each) => each.name === collection)?.fields;
  return fields?.find((field) => field.name === name);
}

/** Whether all that is wrong with a plan is a value that the form can tell it of. */
export function isAboutFills(error: unknown, fills: Fills): boolean {
  const violations = error instanceof Problem ? error.violations : [];
  const places = new Set(Object.keys(fills).map((place) => `/fill/${place}`));
  return violations.length > 0 && violations.every(({ pointer }) => places.has(pointer));
}

function faultOf(place: string, error: unknown): string | undefined {
  const violations = error instanceof Problem ? error.violations : [];
  return violations.find(({ pointer }) => pointer === `/fill/${place}`)?.message;
}

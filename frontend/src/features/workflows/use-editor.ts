import { useState } from "react";

import { type Definition, type Step, stepAt, type StepPath } from "@/features/workflows/definition";
import { type Fault, faultOf } from "@/features/workflows/faults";
import { strings } from "@/features/workflows/strings";
import { asProblem, type Problem } from "@/lib/problem";

export type Editing = {
  definition: Definition;
  text: string;
  /** Why the text is no definition yet; the picture shows the last one that was. */
  textFault: string | null;
  faults: Fault[];
  /** What was refused and belongs to no step. */
  problem: Problem | null;
  isChanged: boolean;
  edit: (change: Partial<Definition>) => void;
  write: (text: string) => void;
  reset: (definition: Definition) => void;
  /** Take over what was refused. */
  tell: (error: unknown) => void;
};

type State = Pick<Editing, "definition" | "text" | "textFault" | "faults" | "problem"> & {
  saved: string;
};

function fresh(definition: Definition): State {
  const text = written(definition);
  return { definition, text, saved: text, textFault: null, faults: [], problem: null };
}

/** One definition in two shapes: what is changed in the one shows in the other. */
export function useEditor(initial: Definition): Editing {
  const [state, setState] = useState(() => fresh(initial));
  const { saved, ...shown } = state;

  function edit(change: Partial<Definition>) {
    setState((now) => {
      const definition = { ...now.definition, ...change };
      const text = written(definition);
      return { ...now, definition, text, textFault: null, faults: [], problem: null };
    });
  }

  function write(text: string) {
    setState((now) => {
      if (text === now.text) return now;
      const read = readDefinition(text);
      if (typeof read === "string") return { ...now, text, textFault: read };
      return { ...now, text, definition: read, textFault: null, faults: [], problem: null };
    });
  }

  function tell(error: unknown) {
    const problem = asProblem(error);
    const faults = problem.violations.map(faultOf);
    const isPlaced = faults.length > 0 && faults.every((fault) => fault.place !== "");
    setState((now) => ({ ...now, faults, problem: isPlaced ? null : problem }));
  }

  return {
    ...shown,
    isChanged: state.text !== saved,
    edit,
    write,
    tell,
    reset: (definition) => setState(fresh(definition)),
  };
}

/** The step that a place names, with its path. */
export function chosenStep(steps: readonly Step[], path: StepPath | null): Step | undefined {
  return path === null ? undefined : stepAt(steps, path);
}

function written(definition: Definition): string {
  return JSON.stringify(definition, null, 2);
}

function readDefinition(text: string): Definition | string {
  try {
    const read = JSON.parse(text) as Partial<Definition> | null;
    const isWhole =
      typeof read === "object" &&
      read !== null &&
      typeof read.trigger?.type === "string" &&
      hasSteps(read.steps);
    return isWhole ? (read as Definition) : strings.notDefinition;
  } catch {
    return strings.notJson;
  }
}

function hasSteps(steps: unknown): boolean {
  if (!Array.isArray(steps)) return false;
  return steps.every((step: unknown) => {
    if (typeof step !== "object" || step === null) return false;
    const { id, action, steps: inner } = step as Partial<Step>;
    const isNested = inner === undefined || inner === null || hasSteps(inner);
    return typeof id === "string" && typeof action === "string" && isNested;
  });
}

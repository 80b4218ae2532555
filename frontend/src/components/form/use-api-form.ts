import { zodResolver } from "@hookform/resolvers/zod";
import { useRef, useState } from "react";
import {
  type DefaultValues,
  type FieldPath,
  type FieldValues,
  useForm,
  type UseFormReturn,
} from "react-hook-form";
import type { z } from "zod";

import { asProblem, type Problem } from "@/lib/problem";

/** So long an Enter that is pressed twice takes. */
const TWICE_MS = 400;

export type ApiForm<Values extends FieldValues> = {
  form: UseFormReturn<Values>;
  /** What was refused and belongs to no field. */
  problem: Problem | null;
  submit: (event?: React.BaseSyntheticEvent) => void;
};

/**
 * A form that is checked here by a schema and there by the API: faults that the API points at come
 * to stand at their fields.
 */
export function useApiForm<Values extends FieldValues>(options: {
  schema: z.ZodType<Values, Values>;
  defaultValues: DefaultValues<Values>;
  onSubmit: (values: Values) => Promise<unknown>;
}): ApiForm<Values> {
  const [problem, setProblem] = useState<Problem | null>(null);
  const form = useForm<Values>({
    resolver: zodResolver(options.schema),
    defaultValues: options.defaultValues,
  });

  // A button that is drawn as disabled comes too late for a second Enter.
  const isSending = useRef(false);

  async function send(values: Values): Promise<void> {
    setProblem(null);
    try {
      await options.onSubmit(values);
      setTimeout(again, TWICE_MS);
    } catch (error) {
      again();
      setProblem(tellFields(form, asProblem(error)));
    }
  }

  function again(): void {
    isSending.current = false;
  }

  function submit(event?: React.BaseSyntheticEvent): void {
    event?.preventDefault();
    if (isSending.current) return;
    isSending.current = true;
    void form.handleSubmit(send, again)(event);
  }

  return { form, problem, submit };
}

/** Put each fault at its field; the problem itself where one has no field, else null. */
function tellFields<Values extends FieldValues>(
  form: UseFormReturn<Values>,
  problem: Problem,
): Problem | null {
  const values = form.getValues();
  // The problem's own hint is about the one fault that it tells of.
  const hint = problem.violations.length === 1 ? problem.body.hint : undefined;
  const placed = problem.violations.filter((violation) => {
    const place = placeOf(violation.pointer, values);
    if (place === null) return false;
    const path = place as FieldPath<Values>;
    const message = [violation.message, violation.hint ?? hint].filter(Boolean).join(" ");
    form.setError(path, { message }, { shouldFocus: true });
    return true;
  });
  const isAll = placed.length > 0 && placed.length === problem.violations.length;
  return isAll ? null : problem;
}

/** The deepest value of the form on the way that a pointer goes: `/rules/0/value/1` to `rules.0.value`. */
export function placeOf(pointer: string, values: unknown): string | null {
  const path: string[] = [];
  let value = values;
  for (const name of pointer.slice(1).split("/")) {
    if (typeof value !== "object" || value === null || !(name in value)) break;
    value = (value as Record<string, unknown>)[name];
    path.push(name);
  }
  return path.length > 0 ? path.join(".") : null;
}

import { PlusIcon, XIcon } from "lucide-react";

import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/input";
import {
  Select,
  SelectContent,
  SelectItem,
  SelectTrigger,
  SelectValue,
} from "@/components/ui/select";
import type { Action } from "@/features/workflows/api";
import { Attempts } from "@/features/workflows/components/attempts";
import { ChoiceInput, type Option } from "@/features/workflows/components/inputs";
import { CONTINUE, END, type Step, STOP } from "@/features/workflows/definition";
import { type Fault, saidOf } from "@/features/workflows/faults";
import { strings } from "@/features/workflows/strings";

const NEXT = "(next)";

type Props = {
  step: Step;
  action: Action | undefined;
  /** The steps behind this one in its list. */
  later: readonly Step[];
  faults: readonly Fault[];
  onChange: (step: Step) => void;
};

/** Where the run goes on: ways, cases, faults, attempts. */
export function StepFlow(props: Props) {
  const { step, later, faults, onChange } = props;
  const targets: Option[] = [
    ...later.map(({ id }) => ({ value: id, label: id })),
    { value: END, label: strings.endOption },
  ];
  const open = [{ value: NEXT, label: strings.following }, ...targets];
  const isChoice = step.action === "switch";
  const hasElse = isChoice || step.action === "condition";
  return (
    <section className="grid gap-3 border-t pt-4">
      <h3 className="text-sm font-semibold">{strings.flow}</h3>
      {isChoice && <Cases {...props} targets={targets} />}
      {!isChoice && (
        <ChoiceInput
          label={hasElse ? strings.thenYes : strings.then}
          error={saidOf(faults, "then")}
          value={step.then ?? NEXT}
          options={open}
          onChange={(to) => onChange({ ...step, then: to === NEXT ? undefined : to })}
        />
      )}
      {hasElse && (
        <ChoiceInput
          label={strings.otherwise}
          error={saidOf(faults, "else")}
          value={step.else ?? END}
          options={targets}
          onChange={(to) => onChange({ ...step, else: to })}
        />
      )}
      <ChoiceInput
        label={strings.onError}
        error={saidOf(faults, "on_error")}
        value={step.on_error ?? STOP}
        options={[
          { value: STOP, label: strings.onErrorStop },
          { value: CONTINUE, label: strings.onErrorContinue },
          ...later.map(({ id }) => ({ value: id, label: strings.onErrorStep(id) })),
        ]}
        onChange={(to) => onChange({ ...step, on_error: to === STOP ? undefined : to })}
      />
      <Attempts {...props} />
    </section>
  );
}

function Cases({ step, faults, targets, onChange }: Props & { targets: readonly Option[] }) {
  const cases = Object.entries(step.cases ?? {});
  const said = saidOf(faults, "cases");

  function change(next: [string, string][]) {
    onChange({ ...step, cases: Object.fromEntries(next) });
  }

  return (
    <fieldset className="grid gap-1.5">
      <legend className="mb-1.5 text-sm font-medium">{strings.cases}</legend>
      {cases.map(([value, to], at) => (
        <div key={at} className="grid grid-cols-[1fr_1fr_auto] gap-1.5">
          <Input
            aria-label={strings.caseValue}
            value={value}
            onChange={(event) =>
              change(cases.map((each, index) => (index === at ? [event.target.value, to] : each)))
            }
          />
          <Select
            value={to}
            onValueChange={(next) =>
              change(cases.map((each, index) => (index === at ? [value, next] : each)))
            }
          >
            <SelectTrigger aria-label={strings.caseTarget}>
              <SelectValue />
            </SelectTrigger>
            <SelectContent>
              {targets.map((target) => (
                <SelectItem key={target.value} value={target.value}>
                  {target.label}
                </SelectItem>
              ))}
            </SelectContent>
          </Select>
          <Button
            variant="ghost"
            size="icon"
            aria-label={strings.removeCase}
            onClick={() => change(cases.filter((_, index) => index !== at))}
          >
            <XIcon />
          </Button>
        </div>
      ))}
      {said && <p className="text-xs text-destructive">{said}</p>}
      <Button
        variant="ghost"
        size="sm"
        className="justify-self-start"
        onClick={() => change([...cases, [`case ${cases.length + 1}`, END]])}
      >
        <PlusIcon />
        {strings.addCase}
      </Button>
    </fieldset>
  );
}

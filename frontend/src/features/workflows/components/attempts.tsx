import type { Action } from "@/features/workflows/api";
import { NumberInput } from "@/features/workflows/components/inputs";
import type { Retry, Step } from "@/features/workflows/definition";
import { type Fault, saidOf } from "@/features/workflows/faults";
import { strings } from "@/features/workflows/strings";

type Props = {
  step: Step;
  action: Action | undefined;
  faults: readonly Fault[];
  onChange: (step: Step) => void;
};

/** What holds of the pauses where a step says nothing, as the API has it. */
const PAUSES = { delay_seconds: 5, factor: 2, max_delay_seconds: 3_600 } as const;
type Pause = keyof typeof PAUSES;

/** How often, how long, and with which pauses. What the runner itself does is not tried again. */
export function Attempts({ step, action, faults, onChange }: Props) {
  const isTried = action !== undefined && (action.timeout_seconds !== null || action.attempts > 1);
  if (!isTried && !step.retry && !step.timeout_seconds) return null;
  const { retry } = step;

  function attempt(count: number | undefined) {
    onChange({ ...step, retry: count ? { ...retry, max_attempts: count } : undefined });
  }

  return (
    <div className="grid gap-3 sm:grid-cols-2">
      <NumberInput
        label={strings.retry}
        hint={strings.retryHint(action?.attempts ?? 1)}
        error={saidOf(faults, "retry/max_attempts")}
        value={retry?.max_attempts}
        onChange={attempt}
      />
      <NumberInput
        label={strings.timeout}
        error={saidOf(faults, "timeout_seconds")}
        placeholder={action?.timeout_seconds ? String(action.timeout_seconds) : undefined}
        value={step.timeout_seconds}
        onChange={(seconds) => onChange({ ...step, timeout_seconds: seconds })}
      />
      {retry && (
        <Pauses
          retry={retry}
          faults={faults}
          onChange={(next) => onChange({ ...step, retry: next })}
        />
      )}
    </div>
  );
}

function Pauses({
  retry,
  faults,
  onChange,
}: {
  retry: Retry;
  faults: readonly Fault[];
  onChange: (retry: Retry) => void;
}) {
  return (
    <fieldset className="grid gap-3 sm:col-span-2 sm:grid-cols-3">
      <legend className="mb-2 text-sm font-medium">{strings.pauses}</legend>
      {(Object.keys(PAUSES) as Pause[]).map((name) => (
        <NumberInput
          key={name}
          label={strings.pause[name]}
          error={saidOf(faults, `retry/${name}`)}
          placeholder={String(PAUSES[name])}
          value={retry[name]}
          onChange={(value) => onChange({ ...retry, [name]: value })}
        />
      ))}
    </fieldset>
  );
}

import { FieldFrame } from "@/components/form/field";
import { PrincipalInput } from "@/components/principal-field/principal-field";
import { Textarea } from "@/components/ui/textarea";
import { LineInput, NumberInput } from "@/features/workflows/components/inputs";
import type { Definition } from "@/features/workflows/definition";
import { type Fault, saidOf } from "@/features/workflows/faults";
import { strings } from "@/features/workflows/strings";

const KINDS = ["project", "trigger", "anonymous", "role", "user"] as const;

/** What holds for all of its steps. */
export function SettingsForm({
  project,
  definition,
  faults,
  onChange,
}: {
  project: string;
  definition: Definition;
  faults: readonly Fault[];
  onChange: (change: Partial<Definition>) => void;
}) {
  return (
    <div className="grid gap-4">
      <LineInput
        label={strings.name}
        error={saidOf(faults, "name")}
        value={definition.name}
        onChange={(name) => onChange({ name })}
      />
      <FieldFrame label={strings.description} error={saidOf(faults, "description")}>
        {(described) => (
          <Textarea
            {...described}
            value={definition.description ?? ""}
            onChange={(event) => onChange({ description: event.target.value || null })}
          />
        )}
      </FieldFrame>
      <FieldFrame label={strings.runAs} hint={strings.runAsHint} error={saidOf(faults, "run_as")}>
        {(described) => (
          <PrincipalInput
            project={project}
            kinds={KINDS}
            value={definition.run_as}
            onChange={(run_as) => onChange({ run_as })}
            described={described}
          />
        )}
      </FieldFrame>
      <NumberInput
        label={strings.maxConcurrent}
        hint={strings.maxConcurrentHint}
        error={saidOf(faults, "max_concurrent")}
        value={definition.max_concurrent}
        onChange={(max_concurrent) => onChange({ max_concurrent: max_concurrent ?? 10 })}
      />
    </div>
  );
}

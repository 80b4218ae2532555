import { useFormContext } from "react-hook-form";

import { FieldFrame } from "@/components/form/field";
import { Textarea } from "@/components/ui/textarea";
import type { KeyValues } from "@/features/api-keys/key-form";
import { strings } from "@/features/api-keys/strings";

export function NetworksField() {
  const { register, formState } = useFormContext<KeyValues>();
  return (
    <FieldFrame
      label={strings.networks}
      hint={strings.networksHint}
      error={formState.errors.networks?.message}
    >
      {(described) => (
        <Textarea
          {...described}
          {...register("networks")}
          className="font-mono"
          spellCheck={false}
          placeholder="203.0.113.0/24"
        />
      )}
    </FieldFrame>
  );
}

import { Badge } from "@/components/ui/badge";
import type { Policy } from "@/features/policies/api";
import { strings } from "@/features/policies/strings";
import { conditionInWords } from "@/features/policies/words";

/** What a policy says besides who and what: its effect, its condition, its fields. */
export function PolicyTerms({ policy }: { policy: Policy }) {
  const { where, check, fields } = policy;
  const condition = where ?? check;
  return (
    <span className="flex flex-wrap items-center gap-x-2 gap-y-0.5 text-xs text-muted-foreground">
      {policy.effect === "deny" && <Badge variant="destructive">{strings.denies}</Badge>}
      {policy.broken && <Badge variant="destructive">{strings.broken}</Badge>}
      <span className="break-words">
        {condition ? conditionInWords(condition) : strings.always}
      </span>
      {fields && <span>· {strings.onlyFields(fields.length)}</span>}
      {policy.require_verified_email && <span>· {strings.verified}</span>}
    </span>
  );
}

import {
  BanIcon,
  CheckIcon,
  CircleCheckIcon,
  CircleDashedIcon,
  HelpCircleIcon,
  type LucideIcon,
  MinusIcon,
  PencilIcon,
  XIcon,
} from "lucide-react";

import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import type { Judged, PolicyPart } from "@/features/policies/api";
import { strings } from "@/features/policies/strings";
import { usePoliciesSearch } from "@/features/policies/use-policies-search";
import { valueInWords } from "@/features/policies/words";
import { cn } from "@/lib/cn";

type Outcome = keyof typeof strings.outcome;

const OUTCOMES: Record<Outcome, { icon: LucideIcon; tone: string }> = {
  allows: { icon: CircleCheckIcon, tone: "text-success" },
  denies: { icon: BanIcon, tone: "text-destructive" },
  passes: { icon: CircleDashedIcon, tone: "text-muted-foreground" },
  depends: { icon: HelpCircleIcon, tone: "text-warning" },
};

/** One policy's part in the decision, with the values that its conditions met. */
export function ExplainStep({ policy, number }: { policy: PolicyPart; number: number }) {
  const { update } = usePoliciesSearch();
  const outcome = outcomeOf(policy);
  const { icon: Icon, tone } = OUTCOMES[outcome];
  return (
    <li>
      <Card className="overflow-hidden">
        <div className="flex items-start gap-3 px-4 py-3">
          <Icon aria-hidden className={cn("mt-0.5 size-4.5 shrink-0", tone)} />
          <div className="min-w-0 flex-1">
            <p className="font-medium">
              <span className="text-muted-foreground">{number}.</span> {policy.name}
            </p>
            <p className="flex flex-wrap items-center gap-2 text-sm text-muted-foreground">
              {policy.effect === "deny" && <Badge variant="destructive">{strings.denies}</Badge>}
              <span className={tone}>{strings.outcome[outcome]}</span>
              {policy.reason ?? policy.broken}
            </p>
          </div>
          <Button variant="ghost" size="sm" onClick={() => update({ policy: policy.id })}>
            <PencilIcon />
            <span className="max-sm:sr-only">{strings.mend}</span>
          </Button>
        </div>
        {policy.conditions.length > 0 && (
          <ul className="divide-y border-t bg-muted/30">
            {policy.conditions.map((each) => (
              <ConditionRow key={`${each.part}${each.condition}`} judged={each} />
            ))}
          </ul>
        )}
      </Card>
    </li>
  );
}

function ConditionRow({ judged }: { judged: Judged }) {
  const { condition, part, actual, expected, holds } = judged;
  const [Icon, tone, says] =
    holds === null
      ? ([MinusIcon, "text-muted-foreground", strings.undecided] as const)
      : holds
        ? ([CheckIcon, "text-success", strings.holds] as const)
        : ([XIcon, "text-destructive", strings.fails] as const);
  return (
    <li className="grid gap-x-4 gap-y-1 px-4 py-2 text-sm sm:grid-cols-[minmax(0,1fr)_minmax(0,1fr)]">
      <span className="flex min-w-0 items-start gap-2">
        <Icon aria-label={says} className={cn("mt-0.5 size-4 shrink-0", tone)} />
        <span className="min-w-0">
          <code className="font-mono text-xs break-words">{condition}</code>
          <span className="ml-2 text-xs text-muted-foreground">{strings[`${part}_`]}</span>
        </span>
      </span>
      <span className="grid min-w-0 grid-cols-[auto_minmax(0,1fr)] gap-x-2 text-xs max-sm:pl-6">
        <span className="text-muted-foreground">{strings.actual}</span>
        <Value isKnown={holds !== null} value={actual} className={holds === false ? tone : ""} />
        <span className="text-muted-foreground">{strings.expected}</span>
        <Value isKnown value={expected} />
      </span>
    </li>
  );
}

function Value({
  isKnown,
  value,
  className,
}: {
  isKnown: boolean;
  value: unknown;
  className?: string;
}) {
  if (!isKnown) return <span className="text-muted-foreground">{strings.unknownValue}</span>;
  return <code className={cn("font-mono break-words", className)}>{valueInWords(value)}</code>;
}

function outcomeOf({ effect, allowed }: PolicyPart): Outcome {
  if (allowed === null) return "depends";
  if (effect === "deny") return allowed ? "passes" : "denies";
  return allowed ? "allows" : "passes";
}

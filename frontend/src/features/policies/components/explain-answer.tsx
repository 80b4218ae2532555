import { BanIcon, CircleCheckIcon, FlaskConicalIcon, HelpCircleIcon } from "lucide-react";
import type { ReactNode } from "react";

import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import type { Explanation } from "@/features/policies/api";
import { ExplainMend } from "@/features/policies/components/explain-mend";
import { ExplainStep } from "@/features/policies/components/explain-step";
import { strings } from "@/features/policies/strings";
import { usePoliciesSearch } from "@/features/policies/use-policies-search";
import { cn } from "@/lib/cn";

export function ExplainAnswer({ explanation }: { explanation: Explanation }) {
  const { allowed, depends_on: open, reason, policies, fields, predicate_sql: sql } = explanation;
  const kind = allowed ? "allowed" : open ? "depends" : "denied";
  return (
    <div className="grid min-w-0 gap-4">
      <Verdict kind={kind} reason={open ? strings.dependsOn[open] : reason}>
        {kind === "denied" && <ExplainMend explanation={explanation} />}
        {kind !== "depends" && <KeepAsTest />}
      </Verdict>
      <section className="grid gap-2">
        <h2 className="text-sm font-semibold">{strings.steps}</h2>
        {policies.length === 0 && (
          <Card className="p-4 text-sm text-muted-foreground">{strings.noPolicies}</Card>
        )}
        <ol className="grid gap-2">
          {policies.map((policy, index) => (
            <ExplainStep key={policy.id} policy={policy} number={index + 1} />
          ))}
        </ol>
      </section>
      {fields && fields.length > 0 && (
        <section className="grid gap-2">
          <h2 className="text-sm font-semibold">{strings.fieldsTold}</h2>
          <div className="flex flex-wrap gap-1.5">
            {fields.map((name) => (
              <Badge key={name} variant="secondary" className="font-mono">
                {name}
              </Badge>
            ))}
          </div>
        </section>
      )}
      {sql && sql !== "true" && <Sql text={sql} />}
    </div>
  );
}

const VERDICTS = {
  allowed: { icon: CircleCheckIcon, tone: "text-success", box: "border-success/30 bg-success/8" },
  denied: {
    icon: BanIcon,
    tone: "text-destructive",
    box: "border-destructive/30 bg-destructive/6",
  },
  depends: { icon: HelpCircleIcon, tone: "text-warning", box: "border-warning/30 bg-warning/8" },
};

function Verdict({
  kind,
  reason,
  children,
}: {
  kind: keyof typeof VERDICTS;
  reason: string;
  children: ReactNode;
}) {
  const { icon: Icon, tone, box } = VERDICTS[kind];
  return (
    <div
      role="status"
      className={cn("flex flex-wrap items-center gap-x-4 gap-y-3 rounded-xl border px-5 py-4", box)}
    >
      <Icon aria-hidden className={cn("size-7 shrink-0", tone)} />
      <div className="min-w-0 flex-1 basis-48">
        <p className="text-lg font-semibold">{strings[kind]}</p>
        <p className="break-words text-muted-foreground">{reason}</p>
      </div>
      <div className="flex flex-wrap items-center gap-2">{children}</div>
    </div>
  );
}

/** The same question, to be asked before every change from now on. */
function KeepAsTest() {
  const { search, open } = usePoliciesSearch();
  return (
    <Button variant="outline" onClick={() => open("tests", { ...search, test: "new" })}>
      <FlaskConicalIcon />
      {strings.keepAsTest}
    </Button>
  );
}

function Sql({ text }: { text: string }) {
  return (
    <details className="rounded-lg border bg-card">
      <summary className="cursor-pointer px-4 py-2.5 text-sm font-medium">{strings.sql}</summary>
      <pre
        tabIndex={0}
        className="overflow-x-auto border-t px-4 py-3 font-mono text-xs leading-5 whitespace-pre-wrap"
      >
        {text}
      </pre>
    </details>
  );
}

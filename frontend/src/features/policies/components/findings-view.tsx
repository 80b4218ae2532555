import { useQuery } from "@tanstack/react-query";
import { CircleAlertIcon, InfoIcon, PartyPopperIcon, TriangleAlertIcon } from "lucide-react";

import { EmptyState } from "@/components/empty-state";
import { ErrorPanel } from "@/components/error-panel";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Skeleton } from "@/components/ui/skeleton";
import { type Finding, findingsQuery } from "@/features/policies/api";
import { strings } from "@/features/policies/strings";
import { useGuarded } from "@/features/policies/use-people";
import { usePoliciesSearch } from "@/features/policies/use-policies-search";

const ICONS = { error: CircleAlertIcon, warning: TriangleAlertIcon, info: InfoIcon };
const TONES = { error: "text-destructive", warning: "text-warning", info: "text-muted-foreground" };

/** What the linter says, the worst first. */
export function FindingsView() {
  const { project } = usePoliciesSearch();
  const { data: findings, error, refetch } = useQuery(findingsQuery(project));
  if (error) return <ErrorPanel error={error} onRetry={() => void refetch()} />;
  if (!findings) return <Skeleton role="status" aria-label="Loading" className="h-40" />;
  if (findings.length === 0) {
    return (
      <Card>
        <EmptyState icon={PartyPopperIcon} title={strings.findingsNone}>
          <p>{strings.findingsNoneAbout}</p>
        </EmptyState>
      </Card>
    );
  }
  return (
    <div className="grid gap-3">
      <p className="text-sm text-muted-foreground">{strings.findingsAbout}</p>
      <Card>
        <ul className="divide-y">
          {findings.map((finding) => (
            <FindingRow
              key={`${finding.code}${finding.policy_id}${finding.message}`}
              finding={finding}
            />
          ))}
        </ul>
      </Card>
    </div>
  );
}

function FindingRow({ finding }: { finding: Finding }) {
  const { update, open } = usePoliciesSearch();
  const { labelOf } = useGuarded();
  const { severity, policy_id: policy, collection } = finding;
  const Icon = ICONS[severity];
  return (
    <li className="flex flex-wrap items-start gap-x-3 gap-y-2 px-4 py-3">
      <Icon aria-hidden className={`mt-0.5 size-4 shrink-0 ${TONES[severity]}`} />
      <div className="min-w-0 flex-1 basis-60">
        <p className="text-xs text-muted-foreground">
          <span className={`font-medium ${TONES[severity]}`}>{strings.severity[severity]}</span>
          {collection && ` · ${labelOf(collection)}`}
          {finding.policy && ` · ${finding.policy}`}
        </p>
        <p className="mt-0.5">{finding.message}</p>
        {finding.hint && <p className="text-sm text-muted-foreground">{finding.hint}</p>}
      </div>
      {policy ? (
        <Button variant="outline" size="sm" onClick={() => update({ policy })}>
          {strings.openPolicy}
        </Button>
      ) : (
        collection && (
          <Button variant="outline" size="sm" onClick={() => open("list", { collection })}>
            {strings.openCollection}
          </Button>
        )
      )}
    </li>
  );
}

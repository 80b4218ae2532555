import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { TablePropertiesIcon } from "lucide-react";

import { EmptyState } from "@/components/empty-state";
import { ErrorPanel } from "@/components/error-panel";
import { Chips } from "@/components/form/chips";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Skeleton } from "@/components/ui/skeleton";
import { matrixQuery } from "@/features/policies/api";
import { AccessMark } from "@/features/policies/components/access-mark";
import { ACTION_ICONS } from "@/features/policies/components/action-icon";
import { Matrix } from "@/features/policies/components/matrix";
import { strings } from "@/features/policies/strings";
import { useGuarded } from "@/features/policies/use-people";
import { usePoliciesSearch } from "@/features/policies/use-policies-search";

/** Who may do what, at one glance. */
export function AccessView() {
  const { project, search, update } = usePoliciesSearch();
  const { data: matrix, error, refetch } = useQuery(matrixQuery(project));
  const { hasOwn } = useGuarded();
  const shown = search.show?.split(",") ?? [];
  if (error) return <ErrorPanel error={error} onRetry={() => void refetch()} />;
  return (
    <div className="grid gap-3">
      {!hasOwn && <NoCollections project={project} />}
      <div className="flex flex-wrap items-center justify-between gap-x-6 gap-y-3">
        <Legend />
        <div className="flex items-center gap-2 text-sm text-muted-foreground">
          {strings.showAlso}
          <Chips
            label={strings.showAlso}
            options={[
              { value: "keys", label: strings.keys },
              { value: "members", label: strings.members },
            ]}
            value={shown}
            onChange={(next) => update({ show: next.join(",") || undefined })}
          />
        </div>
      </div>
      <Card className="overflow-hidden">
        {matrix ? <Matrix matrix={matrix} shown={shown} /> : <Loading />}
      </Card>
    </div>
  );
}

function Legend() {
  return (
    <ul className="flex flex-wrap items-center gap-x-4 gap-y-1.5 text-xs text-muted-foreground">
      {(["all", "some", "none"] as const).map((allowed) => (
        <li key={allowed} className="flex items-center gap-1.5">
          <AccessMark allowed={allowed} className="size-5" />
          {strings[allowed]}
        </li>
      ))}
      <li className="flex items-center gap-1.5">
        <AccessMark allowed="all" isPartial className="size-5" />
        {strings.someFields}
      </li>
      {Object.entries(ACTION_ICONS).map(([action, Icon]) => (
        <li key={action} className="flex items-center gap-1 first-of-type:ml-2">
          <Icon aria-hidden className="size-3.5" />
          {action}
        </li>
      ))}
    </ul>
  );
}

function NoCollections({ project }: { project: string }) {
  return (
    <Card>
      <EmptyState
        icon={TablePropertiesIcon}
        title={strings.noCollections}
        action={
          <Button asChild>
            <Link to={`/projects/${project}/schema`}>{strings.toSchema}</Link>
          </Button>
        }
      >
        <p>{strings.noCollectionsAbout}</p>
      </EmptyState>
    </Card>
  );
}

function Loading() {
  return (
    <div role="status" aria-label="Loading" className="grid gap-2 p-4">
      {Array.from({ length: 5 }, (_, index) => (
        <Skeleton key={index} className="h-8" />
      ))}
    </div>
  );
}

import { useSuspenseQuery } from "@tanstack/react-query";
import { ShieldCheckIcon } from "lucide-react";
import { toast } from "sonner";

import { EmptyState } from "@/components/empty-state";
import { Badge } from "@/components/ui/badge";
import { Card } from "@/components/ui/card";
import {
  Select,
  SelectContent,
  SelectItem,
  SelectTrigger,
  SelectValue,
} from "@/components/ui/select";
import { Switch } from "@/components/ui/switch";
import { policiesQuery, type Policy, switchPolicy } from "@/features/policies/api";
import { ActionIcons } from "@/features/policies/components/action-icon";
import { PolicyTerms } from "@/features/policies/components/policy-terms";
import { principalLabel } from "@/features/policies/principals";
import { strings } from "@/features/policies/strings";
import { useGuarded, usePeople } from "@/features/policies/use-people";
import { usePoliciesSearch } from "@/features/policies/use-policies-search";
import { cn } from "@/lib/cn";
import { asProblem } from "@/lib/problem";
import { useIsAdmin } from "@/routing/use-project";

/** Every policy, by collection, in their order. */
export function PolicyList() {
  const { project, search } = usePoliciesSearch();
  const { data: policies } = useSuspenseQuery(policiesQuery(project));
  const { options, labelOf } = useGuarded();
  const groups = options
    .filter(({ value }) => search.collection === undefined || value === search.collection)
    .map(({ value }) => [value, policies.filter((each) => each.collection === value)] as const)
    .filter(([, inside]) => inside.length > 0);
  return (
    <div className="grid gap-5">
      <CollectionFilter />
      {groups.length === 0 && <None isFiltered={search.collection !== undefined} />}
      {groups.map(([collection, inside]) => (
        <section key={collection} className="grid gap-2">
          <h2 className="text-sm font-semibold">{labelOf(collection)}</h2>
          <Card>
            <ul className="divide-y">
              {inside.map((policy) => (
                <PolicyRow key={policy.id} policy={policy} />
              ))}
            </ul>
          </Card>
        </section>
      ))}
    </div>
  );
}

function CollectionFilter() {
  const { search, update } = usePoliciesSearch();
  const { options } = useGuarded();
  return (
    <Select
      value={search.collection ?? "*"}
      onValueChange={(name) => update({ collection: name === "*" ? undefined : name })}
    >
      <SelectTrigger aria-label={strings.filterCollection} className="w-52">
        <SelectValue />
      </SelectTrigger>
      <SelectContent>
        <SelectItem value="*">{strings.allCollections}</SelectItem>
        {options.map((option) => (
          <SelectItem key={option.value} value={option.value}>
            {option.label}
          </SelectItem>
        ))}
      </SelectContent>
    </Select>
  );
}

function PolicyRow({ policy }: { policy: Policy }) {
  const { project, update } = usePoliciesSearch();
  const people = usePeople();
  const isAdmin = useIsAdmin();

  function turn(enabled: boolean) {
    switchPolicy(project, policy, enabled).catch((error: unknown) =>
      toast.error(asProblem(error).body.detail),
    );
  }

  return (
    <li className={cn("flex items-center gap-3 px-4 py-2.5", !policy.enabled && "bg-muted/40")}>
      <button
        type="button"
        className="grid min-w-0 flex-1 gap-x-4 gap-y-1 rounded-sm text-left md:grid-cols-[minmax(0,1fr)_auto_7rem] md:items-center"
        onClick={() => update({ policy: policy.id })}
      >
        <span className="min-w-0">
          <span className="block font-medium hover:underline">{policy.name}</span>
          <PolicyTerms policy={policy} />
        </span>
        <span className="flex flex-wrap gap-1 md:max-w-80 md:justify-end">
          {policy.principals.map((principal) => (
            <Badge key={principal} variant="secondary">
              {principalLabel(principal, people)}
            </Badge>
          ))}
        </span>
        <ActionIcons actions={policy.actions} />
      </button>
      <Switch
        aria-label={strings.switchOn(policy.name)}
        checked={policy.enabled}
        disabled={!isAdmin}
        onCheckedChange={turn}
      />
    </li>
  );
}

function None({ isFiltered }: { isFiltered: boolean }) {
  return (
    <Card>
      <EmptyState icon={ShieldCheckIcon} title={isFiltered ? strings.noneHere : strings.noneTitle}>
        <p>{strings.noneAbout}</p>
      </EmptyState>
    </Card>
  );
}

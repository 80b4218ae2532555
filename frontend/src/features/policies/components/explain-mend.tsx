import { Link } from "@tanstack/react-router";
import { PlusIcon, WrenchIcon } from "lucide-react";

import { Button } from "@/components/ui/button";
import type { Explanation, PolicyPart } from "@/features/policies/api";
import { isUser } from "@/features/policies/principals";
import { strings } from "@/features/policies/strings";
import { usePoliciesSearch } from "@/features/policies/use-policies-search";

/** The edit that would change the answer: the deny that applies, or the allow that nearly does. */
export function ExplainMend({ explanation }: { explanation: Explanation }) {
  const { project, search, update } = usePoliciesSearch();
  const { policies } = explanation;
  const deny = policies.find((each) => each.effect === "deny" && each.allowed === false);
  const nearest = nearestAllow(policies);
  const principal = search.principal ?? "";
  if (principal.startsWith("api_key:") && explanation.reason.includes("scope")) {
    const key = principal.slice("api_key:".length);
    return (
      <Elsewhere to={`/projects/${project}/api-keys`} search={{ key }} label={strings.mendScope} />
    );
  }
  if (nearest?.reason && isUser(principal)) {
    const user = principal.slice("user:".length);
    return (
      <Elsewhere to={`/projects/${project}/users`} search={{ user }} label={strings.mendVerify} />
    );
  }
  if (deny) return <Edit id={deny.id} label={strings.mendDeny} />;
  return (
    <>
      {nearest && <Edit id={nearest.id} label={strings.mend} />}
      <Button variant={nearest ? "outline" : "default"} onClick={() => update({ policy: "new" })}>
        <PlusIcon />
        {strings.mendNew}
      </Button>
    </>
  );
}

function Edit({ id, label }: { id: string; label: string }) {
  const { update } = usePoliciesSearch();
  return (
    <Button onClick={() => update({ policy: id })}>
      <WrenchIcon />
      {label}
    </Button>
  );
}

function Elsewhere({
  to,
  search,
  label,
}: {
  to: string;
  search: Record<string, string>;
  label: string;
}) {
  return (
    <Button asChild>
      <Link to={to} search={search}>
        <WrenchIcon />
        {label}
      </Link>
    </Button>
  );
}

/** The allow of which the fewest conditions fail. */
function nearestAllow(policies: readonly PolicyPart[]): PolicyPart | undefined {
  const failing = ({ conditions }: PolicyPart) =>
    conditions.filter(({ holds }) => holds === false).length;
  return policies
    .filter((each) => each.effect === "allow" && each.allowed !== true)
    .toSorted((one, other) => failing(one) - failing(other))[0];
}

import { useSuspenseQuery } from "@tanstack/react-query";

import { NotFound } from "@/components/not-found";
import { Sheet, SheetContent, SheetHeader, SheetTitle } from "@/components/ui/sheet";
import { policiesQuery } from "@/features/policies/api";
import { PolicyForm } from "@/features/policies/components/policy-form";
import { blankPolicy, fromPolicy } from "@/features/policies/policy-form";
import { reachedBy } from "@/features/policies/principals";
import { strings } from "@/features/policies/strings";
import { useGuarded } from "@/features/policies/use-people";
import { usePoliciesSearch } from "@/features/policies/use-policies-search";

/** The policy that the address names, or a new one. */
export function PolicySheet() {
  const { search, update } = usePoliciesSearch();

  function close() {
    update({ policy: undefined, copy: undefined });
  }

  return (
    <Sheet open={search.policy !== undefined} onOpenChange={(open) => !open && close()}>
      <SheetContent className="max-w-2xl">
        {search.policy === "new" && <NewPolicy onClose={close} />}
        {search.policy !== undefined && search.policy !== "new" && (
          <KnownPolicy key={search.policy} id={search.policy} onClose={close} />
        )}
      </SheetContent>
    </Sheet>
  );
}

function NewPolicy({ onClose }: { onClose: () => void }) {
  const { project, search } = usePoliciesSearch();
  const { options } = useGuarded();
  const { data: policies } = useSuspenseQuery(policiesQuery(project));
  const copied = policies.find(({ id }) => id === search.copy);
  const start = {
    collection: search.collection ?? options[0]?.value ?? "",
    action: search.action,
    principal: search.principal && reachedBy(search.principal),
  };
  const values = copied
    ? { ...fromPolicy(copied), name: strings.copyOf(copied.name) }
    : blankPolicy(start);
  return (
    <>
      <SheetHeader>
        <SheetTitle>{strings.create}</SheetTitle>
      </SheetHeader>
      <PolicyForm key={search.copy ?? "new"} values={values} onClose={onClose} />
    </>
  );
}

function KnownPolicy({ id, onClose }: { id: string; onClose: () => void }) {
  const { project } = usePoliciesSearch();
  const { data: policies } = useSuspenseQuery(policiesQuery(project));
  const policy = policies.find((each) => each.id === id);
  return (
    <>
      <SheetHeader>
        <SheetTitle>{strings.edit}</SheetTitle>
      </SheetHeader>
      {policy ? (
        <PolicyForm
          key={policy.updated_at}
          policy={policy}
          values={fromPolicy(policy)}
          onClose={onClose}
        />
      ) : (
        <NotFound />
      )}
    </>
  );
}

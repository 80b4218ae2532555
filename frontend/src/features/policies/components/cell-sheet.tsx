import { useQuery, useSuspenseQuery } from "@tanstack/react-query";
import { ChevronRightIcon, MessageCircleQuestionIcon, PlusIcon } from "lucide-react";

import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import {
  Sheet,
  SheetBody,
  SheetContent,
  SheetFooter,
  SheetHeader,
  SheetTitle,
} from "@/components/ui/sheet";
import {
  type Access,
  type Action,
  matrixQuery,
  policiesQuery,
  type Policy,
} from "@/features/policies/api";
import { AccessMark } from "@/features/policies/components/access-mark";
import { ACTION_ICONS } from "@/features/policies/components/action-icon";
import { principalLabel } from "@/features/policies/principals";
import { PolicyTerms } from "@/features/policies/components/policy-terms";
import { strings } from "@/features/policies/strings";
import { useGuarded, usePeople } from "@/features/policies/use-people";
import { usePoliciesSearch } from "@/features/policies/use-policies-search";
import { useIsAdmin } from "@/routing/use-project";

/** The mark of the matrix that the address names: how much is allowed, and by which policies. */
export function CellSheet() {
  const { project, view, search, update } = usePoliciesSearch();
  const { data: matrix } = useQuery(matrixQuery(project));
  const { principal, collection, action, policy, template } = search;
  const row = matrix?.rows.find(
    (each) => each.principal === principal && each.collection === collection,
  );
  const access = row?.actions[action as Action];
  const isOpen = view === undefined && access !== undefined && !policy && !template;
  function close() {
    update({ principal: undefined, collection: undefined, action: undefined });
  }
  return (
    <Sheet open={isOpen} onOpenChange={(open) => !open && close()}>
      <SheetContent>
        {row && access && (
          <Body
            principal={row.principal}
            collection={row.collection}
            action={action as Action}
            access={access}
          />
        )}
      </SheetContent>
    </Sheet>
  );
}

type Props = { principal: string; collection: string; action: Action; access: Access };

function Body({ principal, collection, action, access }: Props) {
  const { project } = usePoliciesSearch();
  const { data: policies } = useSuspenseQuery(policiesQuery(project));
  const people = usePeople();
  const { labelOf } = useGuarded();
  const behind = access.policies
    .map((id) => policies.find((each) => each.id === id))
    .filter((each) => each !== undefined);
  const Icon = ACTION_ICONS[action];
  const say = strings.verdict[access.allowed];
  return (
    <>
      <SheetHeader>
        <SheetTitle>{strings.behind}</SheetTitle>
      </SheetHeader>
      <SheetBody className="grid content-start gap-5">
        <p className="flex items-start gap-3">
          <AccessMark allowed={access.allowed}>
            <Icon aria-hidden />
          </AccessMark>
          <span>{say(principalLabel(principal, people), action, labelOf(collection))}</span>
        </p>
        <Names label={strings.fieldsShown} names={access.allowed === "none" ? [] : access.fields} />
        <Names label={strings.masked} names={access.some_records_only} />
        <Names label={strings.preset} names={access.presets} />
        {behind.length > 0 ? (
          <ul className="divide-y rounded-lg border">
            {behind.map((policy) => (
              <PolicyRow key={policy.id} policy={policy} />
            ))}
          </ul>
        ) : (
          <p className="text-sm text-muted-foreground">
            {access.allowed === "none" ? strings.behindNone : strings.behindStanding}
          </p>
        )}
      </SheetBody>
      <Actions principal={principal} collection={collection} action={action} />
    </>
  );
}

function Names({ label, names }: { label: string; names: string[] | null }) {
  if (names === null || names.length === 0) return null;
  return (
    <div className="grid gap-1.5">
      <h3 className="text-xs font-medium text-muted-foreground">{label}</h3>
      <div className="flex flex-wrap gap-1.5">
        {names.map((name) => (
          <Badge key={name} variant="secondary" className="font-mono">
            {name}
          </Badge>
        ))}
      </div>
    </div>
  );
}

function PolicyRow({ policy }: { policy: Policy }) {
  const { update } = usePoliciesSearch();
  return (
    <li>
      <button
        type="button"
        className="flex w-full items-center gap-3 px-3 py-2.5 text-left hover:bg-accent/50"
        onClick={() => update({ policy: policy.id })}
      >
        <span className="min-w-0 flex-1">
          <span className="block font-medium">{policy.name}</span>
          <PolicyTerms policy={policy} />
        </span>
        <ChevronRightIcon aria-hidden className="size-4 shrink-0 text-muted-foreground" />
      </button>
    </li>
  );
}

function Actions({ principal, collection, action }: Omit<Props, "access">) {
  const { update, open } = usePoliciesSearch();
  if (!useIsAdmin()) return null;
  return (
    <SheetFooter>
      <Button variant="outline" onClick={() => open("explain", { principal, collection, action })}>
        <MessageCircleQuestionIcon />
        {strings.explainThis}
      </Button>
      <Button onClick={() => update({ policy: "new" })}>
        <PlusIcon />
        {strings.create}
      </Button>
    </SheetFooter>
  );
}

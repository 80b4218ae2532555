import { useQuery } from "@tanstack/react-query";
import {
  CircleCheckIcon,
  CircleDashedIcon,
  CircleXIcon,
  FlaskConicalIcon,
  PlayIcon,
  PlusIcon,
} from "lucide-react";

import { EmptyState } from "@/components/empty-state";
import { ErrorPanel } from "@/components/error-panel";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Skeleton } from "@/components/ui/skeleton";
import {
  type PolicyTest,
  type TestOutcome,
  testRunQuery,
  testsQuery,
} from "@/features/policies/api";
import { principalLabel, principalOf } from "@/features/policies/principals";
import { strings } from "@/features/policies/strings";
import { useGuarded, usePeople } from "@/features/policies/use-people";
import { usePoliciesSearch } from "@/features/policies/use-policies-search";
import { useIsAdmin } from "@/routing/use-project";

/** The stored tests, and how they come out now. */
export function TestsView() {
  const { project, update } = usePoliciesSearch();
  const isAdmin = useIsAdmin();
  const { data: tests, error, refetch } = useQuery(testsQuery(project));
  const hasTests = (tests?.length ?? 0) > 0;
  const run = useQuery({ ...testRunQuery(project), enabled: isAdmin && hasTests });
  if (error) return <ErrorPanel error={error} onRetry={() => void refetch()} />;
  if (!tests) return <Skeleton role="status" aria-label="Loading" className="h-40" />;
  const create = isAdmin && (
    <Button variant="outline" onClick={() => update({ test: "new" })}>
      <PlusIcon />
      {strings.newTest}
    </Button>
  );
  if (!hasTests) {
    return (
      <Card>
        <EmptyState icon={FlaskConicalIcon} title={strings.testsNone} action={create}>
          <p>{strings.testsNoneAbout}</p>
        </EmptyState>
      </Card>
    );
  }
  return (
    <div className="grid gap-3">
      <div className="flex flex-wrap items-center gap-2">
        <p className="mr-auto max-w-prose text-sm text-muted-foreground">{strings.testsAbout}</p>
        <span role="status" className="text-sm tabular-nums">
          {run.data && strings.summary(run.data.passed, run.data.failed)}
        </span>
        {isAdmin && (
          <Button variant="outline" disabled={run.isFetching} onClick={() => void run.refetch()}>
            <PlayIcon />
            {strings.runTests}
          </Button>
        )}
        {create}
      </div>
      {run.error && <ErrorPanel error={run.error} />}
      <Card>
        <ul className="divide-y">
          {tests.map((test) => (
            <TestRow
              key={test.id}
              test={test}
              outcome={run.data?.results.find(({ id }) => id === test.id)}
            />
          ))}
        </ul>
      </Card>
    </div>
  );
}

function TestRow({ test, outcome }: { test: PolicyTest; outcome: TestOutcome | undefined }) {
  const { update } = usePoliciesSearch();
  return (
    <li>
      <button
        type="button"
        className="flex w-full items-start gap-3 px-4 py-2.5 text-left outline-offset-[-2px] hover:bg-accent/50"
        onClick={() => update({ test: test.id })}
      >
        <OutcomeIcon outcome={outcome} />
        <span className="min-w-0 flex-1">
          <span className="block font-medium">{test.name}</span>
          <Sentence test={test} />
          {outcome?.message && (
            <span className="block text-sm text-destructive">{outcome.message}</span>
          )}
        </span>
      </button>
    </li>
  );
}

function OutcomeIcon({ outcome }: { outcome: TestOutcome | undefined }) {
  const shape = "mt-0.5 size-4.5 shrink-0";
  if (!outcome)
    return <CircleDashedIcon aria-hidden className={`${shape} text-muted-foreground`} />;
  return outcome.passed ? (
    <CircleCheckIcon aria-label={strings.passed} className={`${shape} text-success`} />
  ) : (
    <CircleXIcon aria-label={strings.failed} className={`${shape} text-destructive`} />
  );
}

/** “Anyone: list Articles → allowed”. */
function Sentence({ test }: { test: PolicyTest }) {
  const people = usePeople();
  const { labelOf } = useGuarded();
  const principal = principalOf(test.as);
  const who = principal === null ? strings.user : principalLabel(principal, people);
  const { action, collection } = test.do;
  return (
    <span className="block text-sm text-muted-foreground">
      {who}: {String(action)} {labelOf(String(collection))} →{" "}
      {(test.expect.allowed ? strings.allowed : strings.denied).toLowerCase()}
    </span>
  );
}

import { useQueryErrorResetBoundary } from "@tanstack/react-query";
import { type ErrorComponentProps, useRouter } from "@tanstack/react-router";
import { LockIcon, RotateCwIcon } from "lucide-react";
import type { ReactNode } from "react";

import { CopyButton } from "@/components/copy-button";
import { EmptyState } from "@/components/empty-state";
import { NotFound } from "@/components/not-found";
import { Alert, AlertTitle } from "@/components/ui/alert";
import { Button } from "@/components/ui/button";
import { cn } from "@/lib/cn";
import { asProblem, type Problem } from "@/lib/problem";

/** All that a problem says: what, why, where in the body, what to do, and by which id to find it.
 * What one's role forbids is not asked for again. */
export function ErrorPanel({
  error,
  onRetry,
  className,
}: {
  error: unknown;
  onRetry?: () => void;
  className?: string;
}) {
  const problem = asProblem(error);
  return (
    <Alert tone="destructive" role="alert" className={className}>
      <AlertTitle>{problem.body.title}</AlertTitle>
      <p className="break-words">{problem.body.detail}</p>
      <Violations problem={problem} />
      {problem.body.hint && <p className="text-muted-foreground">{problem.body.hint}</p>}
      <RequestId problem={problem} />
      {onRetry && problem.status !== 403 && (
        <div className="mt-2">
          <Button variant="outline" size="sm" onClick={onRetry}>
            <RotateCwIcon />
            Try again
          </Button>
        </div>
      )}
    </Alert>
  );
}

function Violations({ problem }: { problem: Problem }) {
  if (problem.violations.length === 0) return null;
  return (
    <ul className="mt-1 grid gap-1">
      {problem.violations.map((violation) => (
        <li key={violation.pointer + violation.code} className="flex flex-wrap gap-x-2">
          {violation.pointer && (
            <code className="rounded bg-destructive/10 px-1 font-mono text-xs leading-5">
              {violation.pointer}
            </code>
          )}
          <span>{violation.message}</span>
          {violation.hint && <span className="text-muted-foreground">{violation.hint}</span>}
        </li>
      ))}
    </ul>
  );
}

function RequestId({ problem }: { problem: Problem }) {
  const id = problem.body.request_id;
  return (
    <p className="flex flex-wrap items-center gap-1 text-xs text-muted-foreground">
      <code className="font-mono">{problem.code}</code>
      {id && (
        <>
          <span aria-hidden>·</span> request <code className="font-mono break-all">{id}</code>
          <CopyButton text={id} label="Copy the request's id" className="size-5" />
        </>
      )}
    </p>
  );
}

/** Where a whole page could not be loaded. */
export function ErrorPage({ error, reset }: ErrorComponentProps) {
  const router = useRouter();
  const queries = useQueryErrorResetBoundary();
  const { status, body } = asProblem(error);
  if (status === 404) return <NotFound detail={body.detail} />;
  if (status === 403) return <NotForRole>{body.detail}</NotForRole>;

  function retry() {
    queries.reset();
    reset();
    void router.invalidate();
  }

  return (
    <div className={cn("mx-auto w-full max-w-xl px-4 py-16")}>
      <ErrorPanel error={error} onRetry={retry} />
    </div>
  );
}

/** Asking again would not help: who may is for others to say. */
export function NotForRole({ children }: { children: ReactNode }) {
  return (
    <div className="flex min-h-[70dvh] items-center justify-center">
      <EmptyState icon={LockIcon} title="Not for your role">
        <p>{children}</p>
      </EmptyState>
    </div>
  );
}

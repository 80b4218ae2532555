import { LoaderCircleIcon, TriangleAlertIcon } from "lucide-react";
import { type ReactNode, useId, useState } from "react";

import { ErrorPanel } from "@/components/error-panel";
import { PlanViewer } from "@/components/plan-viewer/plan-viewer";
import type { Plan } from "@/components/plan-viewer/types";
import { Alert, AlertTitle } from "@/components/ui/alert";
import { Button } from "@/components/ui/button";
import { Checkbox } from "@/components/ui/checkbox";
import { Label } from "@/components/ui/label";
import { SheetBody, SheetFooter } from "@/components/ui/sheet";
import { Skeleton } from "@/components/ui/skeleton";
import { formatCount } from "@/lib/format";

type Props = {
  project: string;
  plan: Plan | undefined;
  /** Why there is no plan. */
  error: unknown;
  /** The children tell the error beside what is wrong. */
  isPlaced?: boolean;
  /** The verb on the button. */
  action: string;
  onRetry: () => void;
  /** Without it, a plan is only looked at. */
  onApply?: (plan: Plan) => Promise<unknown>;
  onCancel: () => void;
  /** What can be given to the plan, such as values for rows without one. */
  children?: ReactNode;
};

/** Within a sheet: what a plan would do, what it would lose, and the button that does it. */
export function PlanReview({
  project,
  plan,
  error,
  isPlaced,
  action,
  onRetry,
  onApply,
  onCancel,
  children,
}: Props) {
  const [failure, setFailure] = useState<unknown>(null);
  const [isPending, setPending] = useState(false);
  const [isAgreed, setAgreed] = useState(false);

  async function apply(asked: Plan) {
    setPending(true);
    setFailure(null);
    try {
      await onApply?.(asked);
    } catch (caught) {
      setFailure(caught);
    } finally {
      setPending(false);
    }
  }

  return (
    <>
      <SheetBody className="grid grid-cols-1 content-start gap-4">
        {Boolean(error) && !isPlaced && <ErrorPanel error={error} onRetry={onRetry} />}
        {failure !== null && <ErrorPanel error={failure} onRetry={onRetry} />}
        {children}
        {!plan && !error && <Loading />}
        {plan && <Shown project={project} plan={plan} isAgreed={isAgreed} onAgree={setAgreed} />}
      </SheetBody>
      {plan && (
        <Footer
          plan={plan}
          action={action}
          isPending={isPending}
          isAgreed={isAgreed}
          onApply={onApply && (() => void apply(plan))}
          onCancel={onCancel}
        />
      )}
    </>
  );
}

function Footer({
  plan,
  action,
  isPending,
  isAgreed,
  onApply,
  onCancel,
}: {
  plan: Plan;
  action: string;
  isPending: boolean;
  isAgreed: boolean;
  onApply: (() => void) | undefined;
  onCancel: () => void;
}) {
  const loses = plan.needs_confirmation;
  const isReady = plan.steps.length > 0 && plan.blocked !== true && (isAgreed || !loses);
  return (
    <SheetFooter>
      <span className="mr-auto text-sm text-muted-foreground">
        {formatCount(plan.steps.length, "step")}
      </span>
      <Button variant="outline" onClick={onCancel}>
        Cancel
      </Button>
      {onApply && (
        <Button
          variant={loses ? "destructive" : "default"}
          disabled={isPending || !isReady}
          onClick={onApply}
        >
          {isPending && <LoaderCircleIcon className="animate-spin" />}
          {action}
        </Button>
      )}
    </SheetFooter>
  );
}

type Agreement = {
  project: string;
  plan: Plan;
  isAgreed: boolean;
  onAgree: (isAgreed: boolean) => void;
};

function Shown(props: Agreement) {
  const { project, plan } = props;
  if (plan.steps.length === 0) {
    return <p className="text-sm text-muted-foreground">Nothing would change.</p>;
  }
  return (
    <>
      {plan.blocked && <Blocked />}
      {plan.needs_confirmation && <Losses {...props} />}
      <PlanViewer project={project} plan={plan} />
    </>
  );
}

function Blocked() {
  return (
    <Alert tone="destructive" className="grid-cols-[auto_1fr] gap-3">
      <TriangleAlertIcon className="mt-0.5 size-4" />
      <p>Stored records stand in the way. Mend them first, or change the plan.</p>
    </Alert>
  );
}

/** What goes out of sight, in words, before anything can be done. */
function Losses({ plan, isAgreed, onAgree }: Agreement) {
  const id = useId();
  const steps = plan.steps.filter(({ risk }) => risk === "lossy" || risk === "destructive");
  return (
    <Alert tone="warning" className="grid-cols-[auto_1fr] gap-3">
      <TriangleAlertIcon className="mt-0.5 size-4 text-warning" />
      <div className="grid gap-2">
        <AlertTitle>This plan loses data</AlertTitle>
        <ul className="list-disc pl-4">
          {steps.map((step, index) => (
            <li key={index}>
              {step.description}
              {step.rows !== null && step.rows > 0 && `, ${formatCount(step.rows, "record")}`}
            </li>
          ))}
        </ul>
        <p className="text-xs text-muted-foreground">
          What is dropped can be brought back for a while, by a rollback in the schema history.
        </p>
        <div className="flex items-center gap-2">
          <Checkbox
            id={id}
            checked={isAgreed}
            disabled={plan.blocked === true}
            onCheckedChange={(checked) => onAgree(checked === true)}
          />
          <Label htmlFor={id}>I know, and want it so</Label>
        </div>
      </div>
    </Alert>
  );
}

function Loading() {
  return (
    <div role="status" aria-label="Loading" className="grid gap-4">
      {Array.from({ length: 4 }, (_, index) => (
        <Skeleton key={index} className="h-12" />
      ))}
    </div>
  );
}

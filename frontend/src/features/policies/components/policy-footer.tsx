import { CopyIcon, Trash2Icon } from "lucide-react";
import { toast } from "sonner";

import { ConfirmButton } from "@/components/confirm-dialog/confirm-button";
import { SubmitButton } from "@/components/form/form";
import type { ApiForm } from "@/components/form/use-api-form";
import { Alert, AlertTitle } from "@/components/ui/alert";
import { Button } from "@/components/ui/button";
import { SheetFooter } from "@/components/ui/sheet";
import { deletePolicy, type Policy } from "@/features/policies/api";
import type { FormValues } from "@/features/policies/policy-form";
import { strings } from "@/features/policies/strings";
import { usePoliciesSearch } from "@/features/policies/use-policies-search";
import type { Problem } from "@/lib/problem";
import { useIsAdmin } from "@/routing/use-project";

type Props = { policy?: Policy; form: ApiForm<FormValues>; onClose: () => void };

export function PolicyFooter({ policy, form, onClose }: Props) {
  const { update } = usePoliciesSearch();
  if (!useIsAdmin()) return null;

  function force() {
    form.form.setValue("force", true);
    form.submit();
  }

  return (
    <>
      {form.problem?.code === "policy_tests_failed" && (
        <BrokenTests problem={form.problem} onForce={force} />
      )}
      <SheetFooter>
        {policy && (
          <div className="mr-auto flex gap-1">
            <DeleteButton policy={policy} onClose={onClose} />
            <Button variant="ghost" onClick={() => update({ policy: "new", copy: policy.id })}>
              <CopyIcon />
              <span className="max-sm:sr-only">{strings.duplicate}</span>
            </Button>
          </div>
        )}
        <Button variant="outline" onClick={onClose}>
          {strings.cancel}
        </Button>
        <SubmitButton>{strings.save}</SubmitButton>
      </SheetFooter>
    </>
  );
}

function BrokenTests({ problem, onForce }: { problem: Problem; onForce: () => void }) {
  const failures = (problem.body.failures ?? []) as { name: string; message?: string }[];
  return (
    <Alert tone="warning" className="mx-5 mb-3">
      <AlertTitle>{strings.breaksTests}</AlertTitle>
      <ul className="grid gap-0.5">
        {failures.map(({ name, message }) => (
          <li key={name}>
            <span className="font-medium">{name}</span>{" "}
            <span className="text-muted-foreground">{message}</span>
          </li>
        ))}
      </ul>
      <div className="mt-1">
        <Button variant="outline" size="sm" onClick={onForce}>
          {strings.saveAnyway}
        </Button>
      </div>
    </Alert>
  );
}

function DeleteButton({ policy, onClose }: { policy: Policy; onClose: () => void }) {
  const { project } = usePoliciesSearch();
  return (
    <ConfirmButton
      variant="ghost"
      className="text-destructive"
      title={strings.deleteTitle(policy.name)}
      description={strings.deleteAbout}
      action={strings.delete}
      onConfirm={async () => {
        await deletePolicy(project, policy.id);
        toast.success(strings.deleted);
        onClose();
      }}
    >
      <Trash2Icon />
      <span className="max-sm:sr-only">{strings.delete}</span>
    </ConfirmButton>
  );
}

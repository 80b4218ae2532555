import { useQuery } from "@tanstack/react-query";
import { toast } from "sonner";

import { RemoveButton } from "@/components/confirm-dialog/confirm-button";
import { Form, SubmitButton } from "@/components/form/form";
import { useApiForm } from "@/components/form/use-api-form";
import { Button } from "@/components/ui/button";
import {
  Sheet,
  SheetBody,
  SheetContent,
  SheetFooter,
  SheetHeader,
  SheetTitle,
} from "@/components/ui/sheet";
import { deleteTest, type PolicyTest, saveTest, testsQuery } from "@/features/policies/api";
import { TestFields } from "@/features/policies/components/test-fields";
import { strings } from "@/features/policies/strings";
import {
  blankTest,
  fromTest,
  testSchema,
  type TestValues,
  toTest,
} from "@/features/policies/test-form";
import { useGuarded } from "@/features/policies/use-people";
import { usePoliciesSearch } from "@/features/policies/use-policies-search";
import { useIsAdmin } from "@/routing/use-project";

/** The test that the address names, or a new one. */
export function TestSheet() {
  const { project, search, update } = usePoliciesSearch();
  const { options } = useGuarded();
  const { data: tests } = useQuery({ ...testsQuery(project), enabled: search.test !== undefined });
  const test = tests?.find(({ id }) => id === search.test);
  const isNew = search.test === "new";
  const close = () => update({ test: undefined });
  return (
    <Sheet open={isNew || test !== undefined} onOpenChange={(open) => !open && close()}>
      <SheetContent className="max-w-2xl">
        <SheetHeader>
          <SheetTitle>{isNew ? strings.newTest : strings.editTest}</SheetTitle>
        </SheetHeader>
        {isNew && <TestForm values={blankTest(search, options[0]?.value ?? "")} onClose={close} />}
        {test && <TestForm key={test.id} test={test} values={fromTest(test)} onClose={close} />}
      </SheetContent>
    </Sheet>
  );
}

type Props = { test?: PolicyTest; values: TestValues; onClose: () => void };

function TestForm({ test, values, onClose }: Props) {
  const { project } = usePoliciesSearch();
  const isAdmin = useIsAdmin();
  const form = useApiForm({
    schema: testSchema,
    defaultValues: values,
    onSubmit: async (edited) => {
      const { result } = await saveTest(project, toTest(edited), test?.id);
      toast.success(strings.testSaved(result?.passed));
      onClose();
    },
  });
  return (
    <Form {...form} className="flex min-h-0 flex-1 flex-col gap-0">
      <SheetBody className="grid content-start gap-5">
        <fieldset disabled={!isAdmin} className="contents">
          <TestFields />
        </fieldset>
      </SheetBody>
      {isAdmin && (
        <SheetFooter>
          {test && <DeleteButton test={test} onClose={onClose} />}
          <Button variant="outline" onClick={onClose}>
            {strings.cancel}
          </Button>
          <SubmitButton>{strings.save}</SubmitButton>
        </SheetFooter>
      )}
    </Form>
  );
}

function DeleteButton({ test, onClose }: { test: PolicyTest; onClose: () => void }) {
  const { project } = usePoliciesSearch();
  return (
    <RemoveButton
      className="mr-auto"
      title={strings.deleteTest(test.name)}
      description={strings.deleteTestAbout}
      action={strings.delete}
      onConfirm={async () => {
        await deleteTest(project, test.id);
        onClose();
      }}
    />
  );
}

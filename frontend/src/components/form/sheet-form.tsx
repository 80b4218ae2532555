import type { ReactNode } from "react";
import { type FieldValues, FormProvider } from "react-hook-form";

import { ErrorPanel } from "@/components/error-panel";
import type { ApiForm } from "@/components/form/use-api-form";
import { SheetBody, SheetFooter } from "@/components/ui/sheet";

/** A form that fills a sheet: its fields scroll, its buttons stay in sight. */
export function SheetForm<Values extends FieldValues>({
  form,
  problem,
  submit,
  children,
  buttons,
}: ApiForm<Values> & { children: ReactNode; buttons: ReactNode }) {
  return (
    <FormProvider {...form}>
      <form noValidate onSubmit={submit} className="flex min-h-0 flex-1 flex-col">
        <SheetBody className="grid grid-cols-1 content-start gap-5">
          {problem && <ErrorPanel error={problem} />}
          {children}
        </SheetBody>
        <SheetFooter>{buttons}</SheetFooter>
      </form>
    </FormProvider>
  );
}

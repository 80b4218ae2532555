import { LoaderCircleIcon } from "lucide-react";
import type { ComponentProps, ReactNode } from "react";
import { type FieldValues, FormProvider, useFormContext } from "react-hook-form";

import { ErrorPanel } from "@/components/error-panel";
import type { ApiForm } from "@/components/form/use-api-form";
import { Button } from "@/components/ui/button";
import { cn } from "@/lib/cn";

export function Form<Values extends FieldValues>({
  form,
  problem,
  submit,
  children,
  className,
  ...props
}: ApiForm<Values> & { children: ReactNode } & Omit<ComponentProps<"form">, "form">) {
  return (
    <FormProvider {...form}>
      <form noValidate onSubmit={submit} className={cn("grid gap-4", className)} {...props}>
        {problem && <ErrorPanel error={problem} />}
        {children}
      </form>
    </FormProvider>
  );
}

export function SubmitButton({ children, ...props }: ComponentProps<typeof Button>) {
  const { isSubmitting } = useFormContext().formState;
  return (
    <Button type="submit" aria-disabled={isSubmitting} {...props}>
      {isSubmitting && <LoaderCircleIcon className="animate-spin" />}
      {children}
    </Button>
  );
}

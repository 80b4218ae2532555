import { toast } from "sonner";
import { z } from "zod";

import { FieldFrame } from "@/components/form/field";
import { Form, SubmitButton } from "@/components/form/form";
import { useApiForm } from "@/components/form/use-api-form";
import { Card, CardContent, CardDescription, CardHeader, CardTitle } from "@/components/ui/card";
import { Textarea } from "@/components/ui/textarea";
import { changeSettings, type Settings } from "@/features/settings/api";
import { strings } from "@/features/settings/strings";

const ORIGIN = /^(https?:\/\/[a-z0-9.-]+(:\d{1,5})?|\*)$/i;

const schema = z.object({
  cors_origins: z
    .string()
    .refine((text) => linesOf(text).every((line) => ORIGIN.test(line)), strings.originInvalid),
});

/** Pages of which origins may call the API from a browser. */
export function OriginsForm({ project, settings }: { project: string; settings: Settings }) {
  const form = useApiForm({
    schema,
    defaultValues: { cors_origins: settings.cors_origins.join("\n") },
    onSubmit: async (values) => {
      await changeSettings(project, { cors_origins: linesOf(values.cors_origins) });
      toast.success(strings.saved);
    },
  });
  const { register, getFieldState, formState } = form.form;
  return (
    <Card>
      <CardHeader>
        <CardTitle>{strings.origins}</CardTitle>
        <CardDescription>{strings.originsAbout}</CardDescription>
      </CardHeader>
      <CardContent>
        <Form {...form}>
          <FieldFrame
            label={strings.originsLabel}
            error={getFieldState("cors_origins", formState).error?.message}
          >
            {(described) => (
              <Textarea
                {...described}
                rows={4}
                spellCheck={false}
                placeholder="https://app.example.com"
                className="font-mono text-xs"
                {...register("cors_origins")}
              />
            )}
          </FieldFrame>
          <SubmitButton className="justify-self-start">{strings.save}</SubmitButton>
        </Form>
      </CardContent>
    </Card>
  );
}

function linesOf(text: string): string[] {
  return text
    .split(/[\s,]+/)
    .map((line) => line.trim())
    .filter(Boolean);
}

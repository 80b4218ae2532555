import { toast } from "sonner";
import { z } from "zod";

import { TextField } from "@/components/form/field";
import { Form, SubmitButton } from "@/components/form/form";
import { useApiForm } from "@/components/form/use-api-form";
import { Card, CardContent, CardDescription, CardHeader, CardTitle } from "@/components/ui/card";
import { changeSettings, type Settings } from "@/features/settings/api";
import { strings } from "@/features/settings/strings";

const schema = z.object({
  schema: z.string().regex(/^\d{1,4}$/, strings.wholeInvalid),
  history: z.string().regex(/^\d{0,5}$/, strings.wholeInvalid),
});

/** For how long what is gone can be brought back. */
export function RetentionForm({ project, settings }: { project: string; settings: Settings }) {
  const form = useApiForm({
    schema,
    defaultValues: {
      schema: String(settings.schema.retention_days),
      history: String(settings.history.retention_days ?? ""),
    },
    onSubmit: async (values) => {
      await changeSettings(project, {
        schema: { retention_days: Number(values.schema) },
        history: { retention_days: values.history === "" ? null : Number(values.history) },
      });
      toast.success(strings.saved);
    },
  });
  return (
    <Form {...form}>
      <Card>
        <CardHeader>
          <CardTitle>{strings.schemaRetention}</CardTitle>
          <CardDescription>{strings.schemaRetentionAbout}</CardDescription>
        </CardHeader>
        <CardContent>
          <TextField
            name="schema"
            label={`${strings.schemaRetention}: ${strings.days.toLowerCase()}`}
            inputMode="numeric"
            className="max-w-40 [&_label]:sr-only"
          />
        </CardContent>
      </Card>
      <Card>
        <CardHeader>
          <CardTitle>{strings.historyRetention}</CardTitle>
          <CardDescription>{strings.historyRetentionAbout}</CardDescription>
        </CardHeader>
        <CardContent>
          <TextField
            name="history"
            label={`${strings.historyRetention}: ${strings.days.toLowerCase()}`}
            inputMode="numeric"
            placeholder={strings.forEver}
            className="max-w-40 [&_label]:sr-only"
          />
        </CardContent>
      </Card>
      <SubmitButton className="justify-self-start">{strings.save}</SubmitButton>
    </Form>
  );
}

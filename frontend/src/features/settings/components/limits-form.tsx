import { toast } from "sonner";
import { z } from "zod";

import { TextField } from "@/components/form/field";
import { Form, SubmitButton } from "@/components/form/form";
import { useApiForm } from "@/components/form/use-api-form";
import { Card, CardContent, CardDescription, CardHeader, CardTitle } from "@/components/ui/card";
import { changeSettings, type Settings } from "@/features/settings/api";
import { strings } from "@/features/settings/strings";

const RATE = /^(unlimited|[1-9][0-9]{0,8}\/(second|minute|hour|day))?$/;

const GROUPS = {
  data: ["anonymous", "app_user", "api_key", "member"],
  write: ["anonymous", "app_user", "api_key", "member"],
  import: ["anonymous", "app_user", "api_key", "member"],
  admin: ["member"],
} as const;

type Group = keyof typeof GROUPS;
type Kind = (typeof GROUPS)["data"][number];

const NAMES = (Object.keys(GROUPS) as Group[]).flatMap((group) =>
  GROUPS[group].map((kind) => ({ group, kind, name: `${group}_${kind}` })),
);

const schema = z.record(z.string(), z.string().trim()).superRefine((values, context) => {
  for (const [name, text] of Object.entries(values)) {
    const isGood = name === "runs" ? /^[1-9]\d{0,6}$/.test(text) : RATE.test(text);
    const message = name === "runs" ? strings.wholeInvalid : strings.rateInvalid;
    if (!isGood) context.addIssue({ code: "custom", path: [name], message });
  }
});

/** How often each kind of caller may ask. */
export function LimitsForm({ project, settings }: { project: string; settings: Settings }) {
  const form = useApiForm<Record<string, string>>({
    schema,
    defaultValues: valuesOf(settings),
    onSubmit: async (values) => {
      await changeSettings(project, changeOf(values));
      toast.success(strings.saved);
    },
  });
  return (
    <Card>
      <CardHeader>
        <CardTitle>{strings.limits}</CardTitle>
        <CardDescription>{strings.limitsAbout}</CardDescription>
      </CardHeader>
      <CardContent>
        <Form {...form}>
          {(Object.keys(GROUPS) as Group[]).map((group) => (
            <fieldset key={group} className="grid gap-3">
              <legend className="mb-2 text-sm font-medium">{strings.groups[group]}</legend>
              <div className="grid gap-3 sm:grid-cols-2">
                {GROUPS[group].map((kind) => (
                  <TextField
                    key={kind}
                    name={`${group}_${kind}`}
                    label={strings.kinds[kind]}
                    placeholder="unlimited"
                    autoComplete="off"
                    className="[&_input]:font-mono [&_input]:text-xs"
                  />
                ))}
              </div>
            </fieldset>
          ))}
          <fieldset className="grid gap-3">
            <legend className="mb-2 text-sm font-medium">{strings.workflows}</legend>
            <TextField
              name="runs"
              label={strings.runs}
              hint={strings.runsHint}
              inputMode="numeric"
            />
          </fieldset>
          <SubmitButton className="justify-self-start">{strings.save}</SubmitButton>
        </Form>
      </CardContent>
    </Card>
  );
}

function valuesOf(settings: Settings): Record<string, string> {
  const limits = settings.limits as Record<Group, Partial<Record<Kind, string | null>>>;
  const rates = NAMES.map(({ group, kind, name }) => [name, limits[group][kind] ?? ""] as const);
  return { ...Object.fromEntries(rates), runs: String(settings.workflows.runs_per_minute) };
}

/** Empty brings back the default. */
function changeOf(values: Record<string, string>): Record<string, unknown> {
  const limits: Record<string, Record<string, string | null>> = {};
  for (const { group, kind, name } of NAMES) {
    limits[group] = { ...limits[group], [kind]: values[name]?.trim() || null };
  }
  return { limits, workflows: { runs_per_minute: Number(values.runs) } };
}

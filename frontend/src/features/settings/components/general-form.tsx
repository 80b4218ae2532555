import { useNavigate } from "@tanstack/react-router";
import { toast } from "sonner";
import { z } from "zod";

import { CopyButton } from "@/components/copy-button";
import { FieldFrame, TextField } from "@/components/form/field";
import { Form, SubmitButton } from "@/components/form/form";
import { useApiForm } from "@/components/form/use-api-form";
import { Card, CardContent, CardHeader, CardTitle } from "@/components/ui/card";
import { Input } from "@/components/ui/input";
import { changeProject } from "@/features/settings/api";
import { strings } from "@/features/settings/strings";
import { formatDay } from "@/lib/format";
import type { Project } from "@/routing/project-route";

const schema = z.object({
  name: z.string().trim().min(1, strings.needed),
  slug: z.string().regex(/^[a-z][a-z0-9-]*$/, strings.slugInvalid),
});

export function GeneralForm({ project, isAdmin }: { project: Project; isAdmin: boolean }) {
  const navigate = useNavigate();
  const form = useApiForm({
    schema,
    defaultValues: { name: project.name, slug: project.slug },
    onSubmit: async (values) => {
      await changeProject(project.slug, values);
      toast.success(strings.saved);
      if (values.slug !== project.slug) {
        await navigate({ to: `/projects/${values.slug}/settings`, replace: true });
      }
    },
  });
  return (
    <Card>
      <CardHeader>
        <CardTitle>{strings.project}</CardTitle>
      </CardHeader>
      <CardContent>
        <Form {...form}>
          <div className="grid gap-4 sm:grid-cols-2">
            <TextField name="name" label={strings.name} readOnly={!isAdmin} autoComplete="off" />
            <TextField
              name="slug"
              label={strings.slug}
              hint={strings.slugHint}
              readOnly={!isAdmin}
              autoComplete="off"
              className="[&_input]:font-mono"
            />
            <FieldFrame label={strings.id}>
              {(described) => (
                <div className="flex gap-1">
                  <Input {...described} readOnly value={project.id} className="font-mono text-xs" />
                  <CopyButton text={project.id} label={strings.copyId} />
                </div>
              )}
            </FieldFrame>
            <FieldFrame label={strings.created}>
              {(described) => (
                <Input {...described} readOnly value={formatDay(project.created_at)} />
              )}
            </FieldFrame>
          </div>
          {isAdmin && <SubmitButton className="justify-self-start">{strings.save}</SubmitButton>}
        </Form>
      </CardContent>
    </Card>
  );
}

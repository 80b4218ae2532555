import { z } from "zod";

import { TextField } from "@/components/form/field";
import { Form } from "@/components/form/form";
import { useApiForm } from "@/components/form/use-api-form";
import { createProject } from "@/features/projects/api";
import { strings } from "@/features/projects/strings";
import type { Schemas } from "@/lib/api";
import type { ReactNode } from "react";

const schema = z.object({ name: z.string().trim().min(1, strings.needed), slug: z.string() });

/** The address that a name suggests. */
export function slugOf(name: string): string {
  return name
    .normalize("NFKD")
    .toLowerCase()
    .replace(/\p{M}/gu, "")
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 40);
}

export function ProjectForm({
  onCreated,
  children,
}: {
  onCreated: (project: Schemas["ProjectRead"]) => void;
  /** The buttons. */
  children: ReactNode;
}) {
  const form = useApiForm({
    schema,
    defaultValues: { name: "", slug: "" },
    onSubmit: async ({ name, slug }) => {
      onCreated(await createProject({ name, ...(slug.trim() && { slug: slug.trim() }) }));
    },
  });
  const suggested = slugOf(form.form.watch("name"));
  return (
    <Form {...form}>
      <TextField name="name" label={strings.name} hint={strings.nameHint} autoFocus />
      <TextField
        name="slug"
        label={strings.slug}
        hint={strings.slugHint}
        placeholder={suggested}
        className="[&_input]:font-mono"
        autoComplete="off"
        spellCheck={false}
      />
      {children}
    </Form>
  );
}

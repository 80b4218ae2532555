import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { useFormContext } from "react-hook-form";
import { toast } from "sonner";
import { z } from "zod";

import { SelectField } from "@/components/form/field";
import { Form, SubmitButton } from "@/components/form/form";
import { useApiForm } from "@/components/form/use-api-form";
import { TitledDialog } from "@/components/titled-dialog";
import { Button } from "@/components/ui/button";
import { DialogFooter } from "@/components/ui/dialog";
import { Skeleton } from "@/components/ui/skeleton";
import { applyTemplate, type Template, templatesQuery } from "@/features/policies/api";
import { strings } from "@/features/policies/strings";
import { useGuarded, usePeople } from "@/features/policies/use-people";
import { usePoliciesSearch } from "@/features/policies/use-policies-search";
import { cn } from "@/lib/cn";
import { isBelongsTo } from "@/lib/fields";

export function TemplateDialog() {
  const { project, search, update } = usePoliciesSearch();
  const isOpen = search.template !== undefined;
  const { data: templates } = useQuery({ ...templatesQuery(project), enabled: isOpen });
  const close = () => update({ template: undefined });
  return (
    <TitledDialog
      title={strings.templateTitle}
      isOpen={isOpen}
      className="max-w-lg"
      onClose={close}
    >
      {templates ? (
        <TemplateForm templates={templates} onClose={close} />
      ) : (
        <Skeleton className="h-64" />
      )}
    </TitledDialog>
  );
}

const schema = z.object({ collection: z.string(), field: z.string(), role: z.string() });

function TemplateForm({ templates, onClose }: { templates: Template[]; onClose: () => void }) {
  const { project, search, open } = usePoliciesSearch();
  const { options } = useGuarded();
  const { roles } = usePeople();
  const template = templates.find(({ name }) => name === search.template) ?? templates[0];
  const form = useApiForm({
    schema,
    defaultValues: {
      collection: search.collection ?? options[0]?.value ?? "",
      field: "",
      role: roles[0] ?? "",
    },
    onSubmit: async ({ collection, field, role }) => {
      if (!template) return;
      const made = await applyTemplate(project, template.name, {
        collection,
        ...(template.asks.includes("field") && { field }),
        ...(template.asks.includes("role") && { role }),
      });
      toast.success(strings.templateMade(made));
      open("list", { collection });
    },
  });
  return (
    <Form {...form}>
      <Choice templates={templates} chosen={template?.name} />
      <SelectField name="collection" label={strings.collection} options={options} />
      {template?.asks.includes("field") && <RelationField template={template.name} />}
      {template?.asks.includes("role") && (
        <SelectField
          name="role"
          label={strings.templateRole}
          options={roles.map((name) => ({ value: name, label: name }))}
        />
      )}
      <DialogFooter>
        <Button variant="outline" onClick={onClose}>
          {strings.cancel}
        </Button>
        <SubmitButton>{strings.templateApply}</SubmitButton>
      </DialogFooter>
    </Form>
  );
}

function Choice({ templates, chosen }: { templates: Template[]; chosen: string | undefined }) {
  const { update } = usePoliciesSearch();
  return (
    <div className="grid gap-2 sm:grid-cols-2" role="group" aria-label={strings.template}>
      {templates.map(({ name, title, description }) => (
        <button
          key={name}
          type="button"
          aria-pressed={name === chosen}
          onClick={() => update({ template: name })}
          className={cn(
            "flex flex-col items-start rounded-lg border p-3 text-left transition-colors hover:bg-accent/50",
            "aria-pressed:border-primary aria-pressed:bg-primary/6",
          )}
        >
          <span className="block text-sm font-medium">{title}</span>
          <span className="block text-xs text-muted-foreground">{description}</span>
        </button>
      ))}
    </div>
  );
}

/** The relation to whom a record belongs: first those that lead straight there. */
function RelationField({ template }: { template: string }) {
  const { watch, setValue } = useFormContext<z.infer<typeof schema>>();
  const { collections } = useGuarded();
  const collection = collections.find(({ name }) => name === watch("collection"));
  const wanted = template === "owner_only" ? "users" : "orgs";
  const all = (collection?.fields ?? []).filter(isBelongsTo);
  const relations = [
    ...all.filter(({ to }) => to === wanted),
    ...all.filter(({ to }) => to !== wanted),
  ];
  const chosen = watch("field");
  const first = relations.some(({ name }) => name === chosen) ? chosen : (relations[0]?.name ?? "");
  useEffect(() => setValue("field", first), [setValue, first]);
  return (
    <SelectField
      name="field"
      label={strings.templateField}
      hint={relations.length === 0 ? strings.templateNoRelation : undefined}
      options={relations.map(({ name, to }) => ({ value: name, label: `${name} → ${to}` }))}
    />
  );
}

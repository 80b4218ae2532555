import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useFormContext } from "react-hook-form";
import { toast } from "sonner";
import { z } from "zod";

import { ErrorPanel } from "@/components/error-panel";
import { FieldFrame, TextField } from "@/components/form/field";
import { Form, SubmitButton } from "@/components/form/form";
import { useApiForm } from "@/components/form/use-api-form";
import { MailFrame } from "@/components/mail-frame/mail-frame";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Textarea } from "@/components/ui/textarea";
import {
  type MailKind,
  type MailTexts,
  previewQuery,
  resetTemplate,
  saveTemplate,
} from "@/features/authentication/api";
import { LocaleChoice } from "@/features/authentication/components/locale-choice";
import { Variables } from "@/features/authentication/components/variables";
import { strings } from "@/features/authentication/strings";
import { asProblem } from "@/lib/problem";

const SETTLED_MS = 400;
const schema = z.object({
  subject: z.string().min(1, strings.needed),
  text: z.string().min(1, strings.needed),
  html: z.string().min(1, strings.needed),
});

type Props = { project: string; kind: MailKind; locale: string };

/** One mail in one language, with how it will look beside it. */
export function MailEditor({ project, kind, locale }: Props) {
  const template =
    kind.templates.find((each) => each.locale === locale) ??
    kind.templates.find((each) => each.locale === "en");
  const isOwn = template?.locale === locale && template.source === "project";
  const form = useApiForm<MailTexts>({
    schema,
    defaultValues: {
      subject: template?.subject ?? "",
      text: template?.text ?? "",
      html: template?.html ?? "",
    },
    onSubmit: async (texts) => {
      await saveTemplate(project, kind.kind, locale, texts);
      toast.success(strings.saved);
    },
  });

  function reset() {
    resetTemplate(project, kind.kind, locale).then(
      () => toast.success(strings.resetDone),
      (error: unknown) => toast.error(asProblem(error).body.detail),
    );
  }

  return (
    <Form {...form} className="min-w-0 gap-5">
      <div className="flex flex-wrap items-center justify-between gap-3">
        <p className="min-w-0 text-sm text-muted-foreground">{kind.description}</p>
        <LocaleChoice kind={kind} locale={locale} />
      </div>
      <div className="grid items-start gap-5 xl:grid-cols-2">
        <div className="grid gap-4">
          <TextField<MailTexts> name="subject" label={strings.subject} autoComplete="off" />
          <Area name="html" className="min-h-44" />
          <Area name="text" className="min-h-32" />
          <Variables variables={kind.variables} />
          <div className="flex justify-end gap-2">
            {isOwn && (
              <Button variant="ghost" onClick={reset}>
                {strings.reset}
              </Button>
            )}
            <SubmitButton>{strings.save}</SubmitButton>
          </div>
        </div>
        <Preview project={project} kind={kind} locale={locale} />
      </div>
    </Form>
  );
}

function Area({ name, className }: { name: "html" | "text"; className: string }) {
  const { register, formState } = useFormContext<MailTexts>();
  return (
    <FieldFrame label={strings[name]} error={formState.errors[name]?.message}>
      {(described) => (
        <Textarea
          {...described}
          {...register(name)}
          spellCheck={false}
          className={`font-mono text-xs leading-5 ${className}`}
        />
      )}
    </FieldFrame>
  );
}

function Preview({ project, kind, locale }: Props) {
  const { watch } = useFormContext<MailTexts>();
  const texts = useSettled(watch());
  const { data: shown, error } = useQuery({
    ...previewQuery(project, kind.kind, locale, texts),
    placeholderData: keepPreviousData,
  });
  return (
    <section aria-label={strings.preview} className="grid gap-2 xl:sticky xl:top-16">
      <h2 className="text-sm font-medium">
        {strings.preview}{" "}
        <span className="font-normal text-muted-foreground">{strings.previewAbout}</span>
      </h2>
      {error && <ErrorPanel error={error} />}
      <Card className="overflow-hidden">
        <p className="min-h-10 border-b px-4 py-2.5 font-medium">{shown?.subject}</p>
        <MailFrame title={strings.preview} html={shown?.html ?? ""} className="h-80" />
      </Card>
    </section>
  );
}

/** The texts as they were when nobody typed for a moment. */
function useSettled(texts: MailTexts): MailTexts {
  const [settled, setSettled] = useState(texts);
  const now = JSON.stringify(texts);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(JSON.parse(now) as MailTexts), SETTLED_MS);
    return () => clearTimeout(timer);
  }, [now]);
  return settled;
}

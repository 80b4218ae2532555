import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useFormContext } from "react-hook-form";
import { toast } from "sonner";

import { ErrorPanel } from "@/components/error-panel";
import { ChipsField } from "@/components/form/chips";
import { FieldFrame, SwitchField, TextField } from "@/components/form/field";
import { Form, SubmitButton } from "@/components/form/form";
import { useApiForm } from "@/components/form/use-api-form";
import { Card, CardContent, CardDescription, CardHeader, CardTitle } from "@/components/ui/card";
import { Skeleton } from "@/components/ui/skeleton";
import { Textarea } from "@/components/ui/textarea";
import { type AuthSettings, authSettingsQuery, changeAuth } from "@/features/authentication/api";
import { authenticationRoute } from "@/features/authentication/routes";
import {
  fromSettings,
  rulesSchema,
  type RulesValues,
  toChange,
} from "@/features/authentication/rules-form";
import { strings } from "@/features/authentication/strings";
import { collectionsQuery } from "@/lib/collections";

// These the API sets by itself, or tells beside the profile.
const BUILT_IN = new Set(["email", "email_verified", "name", "roles", "status", "last_login_at"]);

/** How users sign up and in. */
export function RulesView() {
  const { project } = authenticationRoute.useParams();
  const { data: auth, error, refetch } = useQuery(authSettingsQuery(project));
  if (error) return <ErrorPanel error={error} onRetry={() => void refetch()} />;
  if (!auth) return <Skeleton role="status" aria-label="Loading" className="h-96" />;
  return <RulesForm project={project} auth={auth} />;
}

function RulesForm({ project, auth }: { project: string; auth: AuthSettings }) {
  const form = useApiForm<RulesValues>({
    schema: rulesSchema,
    defaultValues: fromSettings(auth),
    onSubmit: async (values) => {
      await changeAuth(project, toChange(values));
      form.form.reset(values);
      toast.success(strings.saved);
    },
  });
  return (
    <Form {...form} className="gap-5">
      <SignUp />
      <Part title={strings.passwords} about={strings.passwordsAbout}>
        <Text name="min_length" hint={strings.min_lengthHint} isNumber />
        <Toggle name="passwordless" hint={strings.passwordlessHint} />
      </Part>
      <Part title={strings.sessions} about={strings.sessionsAbout}>
        <div className="grid gap-4 sm:grid-cols-2">
          <Text name="access_token_minutes" isNumber />
          <Text name="refresh_token_days" isNumber />
        </div>
        <Lines name="redirect_urls" hint={strings.redirect_urlsHint} />
      </Part>
      <Part title={strings.factors} about={strings.factorsAbout}>
        <Lines name="passkey_origins" hint={strings.passkey_originsHint} />
        <Text name="passkey_rp_id" hint={strings.passkey_rp_idHint} />
      </Part>
      <div className="sticky bottom-0 -mx-1 flex justify-end border-t bg-background px-1 py-3">
        <SubmitButton>{strings.save}</SubmitButton>
      </div>
    </Form>
  );
}

function SignUp() {
  const { project } = authenticationRoute.useParams();
  const { data: collections = [] } = useQuery(collectionsQuery(project));
  const own = (collections.find(({ name }) => name === "users")?.fields ?? []).filter(
    ({ name, kind, read_only: isFixed }) =>
      !BUILT_IN.has(name) && !isFixed && (!kind || kind === "belongs_to"),
  );
  return (
    <Part title={strings.signUp} about={strings.signUpAbout}>
      <Toggle name="allow_signup" hint={strings.allow_signupHint} />
      <Toggle name="require_verified_email" hint={strings.require_verified_emailHint} />
      <Toggle name="allow_anonymous" hint={strings.allow_anonymousHint} />
      {own.length > 0 ? (
        <ChipsField<RulesValues>
          name="profile_fields"
          label={strings.profile_fields}
          hint={strings.profile_fieldsHint}
          options={own.map(({ name }) => ({ value: name, label: name }))}
        />
      ) : (
        <div className="text-sm">
          <p className="font-medium">{strings.profile_fields}</p>
          <p className="text-xs text-muted-foreground">{strings.profileNone}</p>
        </div>
      )}
    </Part>
  );
}

function Part({ title, about, children }: { title: string; about: string; children: ReactNode }) {
  return (
    <Card>
      <CardHeader>
        <CardTitle>{title}</CardTitle>
        <CardDescription>{about}</CardDescription>
      </CardHeader>
      <CardContent className="grid gap-5">{children}</CardContent>
    </Card>
  );
}

type ToggleName = "allow_signup" | "allow_anonymous" | "require_verified_email" | "passwordless";

function Toggle({ name, hint }: { name: ToggleName; hint: string }) {
  return <SwitchField<RulesValues> name={name} label={strings[name]} hint={hint} />;
}

type TextName = "min_length" | "access_token_minutes" | "refresh_token_days" | "passkey_rp_id";

function Text({ name, hint, isNumber }: { name: TextName; hint?: string; isNumber?: boolean }) {
  return (
    <TextField<RulesValues>
      name={name}
      label={strings[name]}
      hint={hint}
      inputMode={isNumber ? "numeric" : undefined}
      autoComplete="off"
      className={isNumber ? "[&_input]:w-28" : "max-w-md"}
    />
  );
}

function Lines({ name, hint }: { name: "redirect_urls" | "passkey_origins"; hint: string }) {
  const { register, formState } = useFormContext<RulesValues>();
  return (
    <FieldFrame label={strings[name]} hint={hint} error={formState.errors[name]?.message}>
      {(described) => (
        <Textarea
          {...described}
          {...register(name)}
          className="font-mono text-xs"
          spellCheck={false}
        />
      )}
    </FieldFrame>
  );
}

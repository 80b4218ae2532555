import { useSuspenseQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";

import { AuthLayout, Steps } from "@/components/auth-layout";
import { TextField } from "@/components/form/field";
import { Form, SubmitButton } from "@/components/form/form";
import { useApiForm } from "@/components/form/use-api-form";
import { register } from "@/features/auth/api";
import { registerSchema } from "@/features/auth/schemas";
import { strings } from "@/features/auth/strings";
import { startQuery } from "@/routing/start";

export function RegisterPage() {
  const { data: start } = useSuspenseQuery(startQuery);
  const { invitation } = useSearch({ from: "/register" });
  if (start.has_owner && !start.allows_registration && !invitation) return <Closed />;
  const isFirst = !start.has_owner;
  return (
    <AuthLayout
      title={isFirst ? strings.welcome : strings.register}
      about={isFirst ? strings.welcomeAbout : invitation ? strings.invited : strings.openAbout}
      steps={isFirst && <Steps names={strings.steps} current={0} />}
    >
      <RegisterForm isFirst={isFirst} invitation={invitation} />
      {!isFirst && <LoginHint />}
    </AuthLayout>
  );
}

function RegisterForm({ isFirst, invitation }: { isFirst: boolean; invitation?: string }) {
  const navigate = useNavigate();
  const form = useApiForm({
    schema: registerSchema,
    defaultValues: { email: "", name: "", password: "" },
    onSubmit: async ({ email, name, password }) => {
      await register({
        email,
        password,
        ...(name.trim() && { name }),
        ...(invitation && { invitation }),
      });
      await navigate({ to: isFirst ? "/welcome" : "/projects" });
    },
  });
  return (
    <Form {...form}>
      <TextField
        name="email"
        label={strings.email}
        type="email"
        autoComplete="username"
        autoFocus
      />
      <TextField name="name" label={strings.name} autoComplete="name" />
      <TextField
        name="password"
        label={strings.password}
        type="password"
        autoComplete="new-password"
        hint={strings.passwordHint}
      />
      <SubmitButton size="lg">{isFirst ? strings.createOwner : strings.createAccount}</SubmitButton>
    </Form>
  );
}

function LoginHint() {
  return (
    <p className="mt-4 text-center text-sm text-muted-foreground">
      {strings.haveAccount}{" "}
      <Link to="/login" className="text-primary underline underline-offset-4">
        {strings.signIn}
      </Link>
    </p>
  );
}

function Closed() {
  return (
    <AuthLayout title={strings.closed}>
      <p className="text-sm text-muted-foreground">{strings.closedAbout}</p>
      <LoginHint />
    </AuthLayout>
  );
}

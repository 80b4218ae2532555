import { Link, useNavigate } from "@tanstack/react-router";

import { AuthLayout, Steps } from "@/components/auth-layout";
import { SubmitButton } from "@/components/form/form";
import { Button } from "@/components/ui/button";
import { ProjectForm } from "@/features/projects/components/project-form";
import { strings } from "@/features/projects/strings";

/** The second step of a first run. */
export function WelcomePage() {
  const navigate = useNavigate();
  return (
    <AuthLayout
      title={strings.firstProject}
      about={strings.firstProjectAbout}
      steps={<Steps names={strings.steps} current={1} />}
    >
      <ProjectForm onCreated={(made) => void navigate({ to: `/projects/${made.slug}/overview` })}>
        <SubmitButton size="lg">{strings.createAction}</SubmitButton>
        <Button variant="link" className="justify-self-center text-muted-foreground" asChild>
          <Link to="/projects">{strings.skip}</Link>
        </Button>
      </ProjectForm>
    </AuthLayout>
  );
}

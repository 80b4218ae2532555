import { useSuspenseQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { KeySquareIcon, PlusIcon } from "lucide-react";
import { toast } from "sonner";

import { ConfirmButton } from "@/components/confirm-dialog/confirm-button";
import { EmptyState } from "@/components/empty-state";
import { Page } from "@/components/page";
import { TitledDialog } from "@/components/titled-dialog";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { deleteSecret, type Secret, secretsQuery } from "@/features/secrets/api";
import { secretsRoute } from "@/features/secrets/routes";
import { SecretForm } from "@/features/secrets/secret-form";
import { strings } from "@/features/secrets/strings";
import { formatAgo } from "@/lib/format";

export function SecretsPage() {
  const { project } = secretsRoute.useParams();
  const { write } = secretsRoute.useSearch();
  const { data: secrets } = useSuspenseQuery(secretsQuery(project));
  const navigate = useNavigate();

  function open(name: string | undefined) {
    void navigate({ from: secretsRoute.fullPath, to: ".", search: { write: name } });
  }

  const add = (
    <Button onClick={() => open("")}>
      <PlusIcon />
      {strings.add}
    </Button>
  );
  const secret = secrets.find((each) => each.name === write);
  return (
    <Page title={strings.title} description={strings.about} actions={add}>
      <Card className="overflow-hidden">
        {secrets.length === 0 ? (
          <EmptyState icon={KeySquareIcon} title={strings.noneTitle}>
            <p>{strings.noneAbout}</p>
          </EmptyState>
        ) : (
          <ul className="divide-y">
            {secrets.map((each) => (
              <Row key={each.name} project={project} secret={each} onReplace={open} />
            ))}
          </ul>
        )}
      </Card>
      <TitledDialog
        title={secret ? strings.replaceTitle(secret.name) : strings.addTitle}
        isOpen={write !== undefined}
        onClose={() => open(undefined)}
      >
        <SecretForm project={project} secret={secret} onDone={() => open(undefined)} />
      </TitledDialog>
    </Page>
  );
}

function Row({
  project,
  secret,
  onReplace,
}: {
  project: string;
  secret: Secret;
  onReplace: (name: string) => void;
}) {
  const about = [
    secret.hosts?.join(", ") ?? strings.anyHost,
    strings.changed(formatAgo(secret.updated_at)),
  ];
  return (
    <li className="flex items-center gap-3 px-4 py-2.5">
      <span className="min-w-0 flex-1">
        <span className="block truncate font-mono text-sm">{secret.name}</span>
        <span className="block truncate text-xs text-muted-foreground">{about.join(" · ")}</span>
      </span>
      <Button variant="outline" size="sm" onClick={() => onReplace(secret.name)}>
        {strings.replace}
      </Button>
      <ConfirmButton
        variant="ghost"
        size="sm"
        title={strings.removeTitle(secret.name)}
        description={strings.removeAbout}
        action={strings.remove}
        onConfirm={async () => {
          await deleteSecret(project, secret.name);
          toast.success(strings.removed);
        }}
      />
    </li>
  );
}

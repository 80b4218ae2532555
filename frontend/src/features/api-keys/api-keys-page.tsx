import { useSuspenseQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { KeyRoundIcon, PlusIcon } from "lucide-react";
import { useState } from "react";

import { EmptyState } from "@/components/empty-state";
import { Page } from "@/components/page";
import { SecretOnce } from "@/components/secret-once";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { keysQuery } from "@/features/api-keys/api";
import { KeyRow } from "@/features/api-keys/components/key-row";
import { KeySheet } from "@/features/api-keys/components/key-sheet";
import { apiKeysRoute } from "@/features/api-keys/routes";
import { strings } from "@/features/api-keys/strings";

export function ApiKeysPage() {
  const { project } = apiKeysRoute.useParams();
  const { key } = apiKeysRoute.useSearch();
  const { data: keys } = useSuspenseQuery(keysQuery(project));
  const [secret, setSecret] = useState<string | null>(null);
  const navigate = useNavigate();

  function open(next: string | undefined) {
    void navigate({ to: ".", search: { key: next } });
  }

  const create = (
    <Button onClick={() => open("new")}>
      <PlusIcon />
      {strings.create}
    </Button>
  );
  return (
    <Page title={strings.title} description={strings.about} actions={keys.length > 0 && create}>
      <Card>
        {keys.length === 0 ? (
          <EmptyState icon={KeyRoundIcon} title={strings.noneTitle} action={create}>
            <p>{strings.noneAbout}</p>
          </EmptyState>
        ) : (
          <ul className="divide-y">
            {keys.map((each) => (
              <KeyRow key={each.id} apiKey={each} onOpen={() => open(each.id)} />
            ))}
          </ul>
        )}
      </Card>
      <KeySheet
        project={project}
        apiKey={keys.find(({ id }) => id === key)}
        isNew={key === "new"}
        onClose={() => open(undefined)}
        onSecret={setSecret}
      />
      <SecretOnce
        title={strings.secretTitle}
        about={strings.secretAbout}
        secret={secret}
        done={strings.secretDone}
        onDone={() => setSecret(null)}
      />
    </Page>
  );
}

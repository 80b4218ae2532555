import { useSuspenseQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { PlusIcon, WebhookIcon } from "lucide-react";
import { useState } from "react";

import { EmptyState } from "@/components/empty-state";
import { SubmitButton } from "@/components/form/form";
import { Page } from "@/components/page";
import { SecretOnce } from "@/components/secret-once";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Sheet, SheetBody, SheetContent, SheetHeader, SheetTitle } from "@/components/ui/sheet";
import { createWebhook, type Webhook, webhooksQuery } from "@/features/webhooks/api";
import { StateBadge } from "@/features/webhooks/components/state-badge";
import { WebhookForm } from "@/features/webhooks/components/webhook-form";
import { webhooksRoute } from "@/features/webhooks/routes";
import { strings } from "@/features/webhooks/strings";
import { useIsAdmin } from "@/routing/use-project";

export function WebhooksPage() {
  const { project } = webhooksRoute.useParams();
  const { data: webhooks } = useSuspenseQuery(webhooksQuery(project));
  const isAdmin = useIsAdmin();
  return (
    <Page
      title={strings.title}
      description={strings.about}
      actions={webhooks.length > 0 && isAdmin && <CreateLink />}
    >
      <Card className="overflow-hidden">
        {webhooks.length === 0 ? (
          <EmptyState
            icon={WebhookIcon}
            title={strings.noneTitle}
            action={isAdmin && <CreateLink />}
          >
            <p>{strings.noneAbout}</p>
          </EmptyState>
        ) : (
          <ul className="divide-y">
            {webhooks.map((webhook) => (
              <Row key={webhook.id} project={project} webhook={webhook} />
            ))}
          </ul>
        )}
      </Card>
      {isAdmin && <Create project={project} />}
    </Page>
  );
}

function CreateLink() {
  return (
    <Button asChild>
      <Link from={webhooksRoute.fullPath} to="." search={{ create: true }}>
        <PlusIcon />
        {strings.create}
      </Link>
    </Button>
  );
}

function Row({ project, webhook }: { project: string; webhook: Webhook }) {
  const events = webhook.events.map((each) => strings.eventNames[each] ?? each).join(", ");
  const about = `${events} · ${webhook.collections?.join(", ") ?? strings.all}`;
  return (
    <li>
      <Link
        to="/projects/$project/webhooks/$webhook"
        params={{ project, webhook: webhook.id }}
        className="flex items-center gap-3 px-4 py-3 outline-offset-[-2px] hover:bg-muted/50"
      >
        <span className="min-w-0 flex-1">
          <span className="block truncate font-mono text-sm">{webhook.url}</span>
          <span className="block truncate text-xs text-muted-foreground">
            {webhook.description ? `${webhook.description} · ${about}` : about}
          </span>
        </span>
        <StateBadge webhook={webhook} />
      </Link>
    </li>
  );
}

function Create({ project }: { project: string }) {
  const { create } = webhooksRoute.useSearch();
  const [made, setMade] = useState<{ id: string; secret: string } | null>(null);
  const navigate = useNavigate();

  function close() {
    void navigate({ from: webhooksRoute.fullPath, to: ".", search: {} });
  }

  function open() {
    if (!made) return;
    setMade(null);
    void navigate({
      to: "/projects/$project/webhooks/$webhook",
      params: { project, webhook: made.id },
    });
  }

  return (
    <>
      <Sheet open={create === true && made === null} onOpenChange={(next) => !next && close()}>
        <SheetContent>
          <SheetHeader>
            <SheetTitle>{strings.create}</SheetTitle>
          </SheetHeader>
          <SheetBody>
            <WebhookForm
              project={project}
              onSubmit={async (body) => setMade(await createWebhook(project, body))}
            >
              <div className="flex justify-end gap-2 pt-2">
                <Button variant="outline" onClick={close}>
                  {strings.cancel}
                </Button>
                <SubmitButton>{strings.createAction}</SubmitButton>
              </div>
            </WebhookForm>
          </SheetBody>
        </SheetContent>
      </Sheet>
      <SecretOnce
        title={strings.secretTitle}
        about={strings.secretAbout}
        secret={made?.secret ?? null}
        done={strings.secretDone}
        onDone={open}
      />
    </>
  );
}

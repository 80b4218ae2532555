import { useSuspenseQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { toast } from "sonner";

import { SubmitButton } from "@/components/form/form";
import { Page } from "@/components/page";
import { Alert } from "@/components/ui/alert";
import { Button } from "@/components/ui/button";
import { Sheet, SheetBody, SheetContent, SheetHeader, SheetTitle } from "@/components/ui/sheet";
import { updateWebhook, type Webhook, webhookQuery } from "@/features/webhooks/api";
import { Deliveries } from "@/features/webhooks/components/deliveries";
import { DeliverySheet } from "@/features/webhooks/components/delivery-sheet";
import { StateBadge, stateOf } from "@/features/webhooks/components/state-badge";
import { WebhookActions } from "@/features/webhooks/components/webhook-actions";
import { WebhookForm } from "@/features/webhooks/components/webhook-form";
import { webhookRoute, type WebhookSearch } from "@/features/webhooks/routes";
import { strings } from "@/features/webhooks/strings";
import { formatAgo, formatCount, formatMoment, isAhead } from "@/lib/format";
import { useIsAdmin } from "@/routing/use-project";

export function WebhookPage() {
  const { project, webhook: id } = webhookRoute.useParams();
  const { data: webhook } = useSuspenseQuery(webhookQuery(project, id));
  const isAdmin = useIsAdmin();
  return (
    <Page
      title={hostOf(webhook.url)}
      description={<Summary webhook={webhook} />}
      actions={isAdmin && <WebhookActions project={project} webhook={webhook} />}
    >
      <div className="grid gap-4">
        <Notice webhook={webhook} />
        <Deliveries project={project} webhook={webhook} />
      </div>
      <DeliverySheet project={project} webhook={webhook} />
      {isAdmin && <EditSheet project={project} webhook={webhook} />}
    </Page>
  );
}

function Summary({ webhook }: { webhook: Webhook }) {
  const events = webhook.events.map((each) => strings.eventNames[each] ?? each).join(", ");
  return (
    <span className="flex flex-wrap items-center gap-x-2 gap-y-1">
      <StateBadge webhook={webhook} />
      <span className="min-w-0 font-mono text-xs break-all">{webhook.url}</span>
      <span className="text-xs">
        {events} · {webhook.collections?.join(", ") ?? strings.all} · {webhook.run_as}
      </span>
    </span>
  );
}

/** What keeps it from sending. */
function Notice({ webhook }: { webhook: Webhook }) {
  const state = stateOf(webhook);
  const said = {
    on: null,
    off: strings.stateAbout.off(webhook.disabled_reason),
    paused: strings.stateAbout.paused(formatAgo(webhook.paused_until ?? "")),
    failing: strings.stateAbout.failing(formatCount(webhook.failures, strings.attemptNoun)),
    broken: webhook.broken,
  }[state];
  const former = webhook.former_secret_until;
  return (
    <>
      {said && <Alert tone={state === "broken" ? "destructive" : "warning"}>{said}</Alert>}
      {former && isAhead(former) && <Alert>{strings.formerUntil(formatMoment(former))}</Alert>}
    </>
  );
}

function EditSheet({ project, webhook }: { project: string; webhook: Webhook }) {
  const { edit } = webhookRoute.useSearch();
  const navigate = useNavigate();

  function close() {
    void navigate({
      from: webhookRoute.fullPath,
      to: ".",
      search: (now: WebhookSearch) => ({ ...now, edit: undefined }),
    });
  }

  return (
    <Sheet open={edit === true} onOpenChange={(open) => !open && close()}>
      <SheetContent>
        <SheetHeader>
          <SheetTitle>{strings.editTitle}</SheetTitle>
        </SheetHeader>
        <SheetBody>
          <WebhookForm
            project={project}
            webhook={webhook}
            onSubmit={async (body) => {
              await updateWebhook(project, webhook.id, body);
              toast.success(strings.saved);
              close();
            }}
          >
            <div className="flex justify-end gap-2 pt-2">
              <Button variant="outline" onClick={close}>
                {strings.cancel}
              </Button>
              <SubmitButton>{strings.save}</SubmitButton>
            </div>
          </WebhookForm>
        </SheetBody>
      </SheetContent>
    </Sheet>
  );
}

function hostOf(url: string): string {
  return URL.parse(url)?.host ?? url;
}

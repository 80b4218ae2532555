import { Link, useNavigate } from "@tanstack/react-router";
import { EllipsisIcon, PencilIcon, SendIcon } from "lucide-react";
import { useState } from "react";
import { toast } from "sonner";

import { ConfirmDialog } from "@/components/confirm-dialog/confirm-dialog";
import { SecretOnce } from "@/components/secret-once";
import { Button } from "@/components/ui/button";
import {
  DropdownMenu,
  DropdownMenuContent,
  DropdownMenuItem,
  DropdownMenuTrigger,
} from "@/components/ui/dropdown-menu";
import {
  deleteWebhook,
  rotateSecret,
  sendTest,
  updateWebhook,
  type Webhook,
} from "@/features/webhooks/api";
import { webhookRoute, type WebhookSearch } from "@/features/webhooks/routes";
import { strings } from "@/features/webhooks/strings";
import { asProblem } from "@/lib/problem";

type Props = { project: string; webhook: Webhook };

function fail(error: unknown): void {
  toast.error(asProblem(error).body.detail);
}

export function WebhookActions({ project, webhook }: Props) {
  const [asks, setAsks] = useState<"rotate" | "remove" | null>(null);
  const navigate = useNavigate();

  async function test() {
    const { id } = await sendTest(project, webhook.id);
    toast.success(strings.tested);
    await navigate({
      from: webhookRoute.fullPath,
      to: ".",
      search: { delivery: id },
    });
  }

  function toggle() {
    updateWebhook(project, webhook.id, { enabled: !webhook.enabled }).catch(fail);
  }

  return (
    <>
      <Button variant="outline" onClick={() => void test().catch(fail)}>
        <SendIcon />
        {strings.test}
      </Button>
      <Button variant="outline" asChild>
        <Link
          from={webhookRoute.fullPath}
          to="."
          search={(now: WebhookSearch) => ({ ...now, edit: true })}
        >
          <PencilIcon />
          {strings.edit}
        </Link>
      </Button>
      <DropdownMenu>
        <DropdownMenuTrigger asChild>
          <Button variant="outline" size="icon" aria-label={strings.more}>
            <EllipsisIcon />
          </Button>
        </DropdownMenuTrigger>
        <DropdownMenuContent align="end">
          <DropdownMenuItem onSelect={toggle}>
            {webhook.enabled ? strings.disable : strings.enable}
          </DropdownMenuItem>
          <DropdownMenuItem onSelect={() => setAsks("rotate")}>{strings.rotate}</DropdownMenuItem>
          <DropdownMenuItem variant="destructive" onSelect={() => setAsks("remove")}>
            {strings.remove}
          </DropdownMenuItem>
        </DropdownMenuContent>
      </DropdownMenu>
      <Rotate
        project={project}
        webhook={webhook}
        open={asks === "rotate"}
        onClose={() => setAsks(null)}
      />
      <ConfirmDialog
        open={asks === "remove"}
        onOpenChange={(open) => !open && setAsks(null)}
        title={strings.removeTitle}
        description={strings.removeAbout}
        action={strings.remove}
        onConfirm={async () => {
          await navigate({ to: "/projects/$project/webhooks", params: { project } });
          await deleteWebhook(project, webhook.id);
          toast.success(strings.removed);
        }}
      />
    </>
  );
}

function Rotate({
  project,
  webhook,
  open,
  onClose,
}: Props & { open: boolean; onClose: () => void }) {
  const [secret, setSecret] = useState<string | null>(null);
  return (
    <>
      <ConfirmDialog
        open={open}
        onOpenChange={(next) => !next && onClose()}
        title={strings.rotateTitle}
        description={strings.rotateAbout}
        action={strings.rotate}
        isDestructive={false}
        onConfirm={async () => setSecret(await rotateSecret(project, webhook.id))}
      />
      <SecretOnce
        title={strings.secretTitle}
        about={strings.secretAbout}
        secret={secret}
        done={strings.secretDone}
        onDone={() => setSecret(null)}
      />
    </>
  );
}

import { useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { MailOpenIcon, SendIcon, Trash2Icon } from "lucide-react";
import { useState } from "react";
import { toast } from "sonner";

import { ConfirmDialog } from "@/components/confirm-dialog/confirm-dialog";
import { EmptyState } from "@/components/empty-state";
import { ErrorPanel } from "@/components/error-panel";
import { Page } from "@/components/page";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Skeleton } from "@/components/ui/skeleton";
import { clearMailbox, type Mail, mailsQuery, sendTestMail } from "@/features/mailbox/api";
import { MailView } from "@/features/mailbox/components/mail-view";
import { mailboxRoute } from "@/features/mailbox/routes";
import { strings } from "@/features/mailbox/strings";
import { cn } from "@/lib/cn";
import { formatAgo } from "@/lib/format";
import { asProblem } from "@/lib/problem";
import { useIsAdmin } from "@/routing/use-project";

export function MailboxPage() {
  const { project } = mailboxRoute.useParams();
  const isAdmin = useIsAdmin();
  const list = useInfiniteQuery(mailsQuery(project));
  const mails = list.data?.pages.flatMap((page) => page.data) ?? [];
  return (
    <Page
      title={strings.title}
      description={strings.about}
      actions={isAdmin && <Actions project={project} hasMails={mails.length > 0} />}
      className="max-w-7xl"
    >
      {list.error && <ErrorPanel error={list.error} onRetry={() => void list.refetch()} />}
      {list.isPending && <Skeleton role="status" aria-label="Loading" className="h-80" />}
      {list.isSuccess && mails.length === 0 && (
        <Card>
          <EmptyState icon={MailOpenIcon} title={strings.noneTitle}>
            <p>{strings.noneAbout}</p>
          </EmptyState>
        </Card>
      )}
      {mails.length > 0 && (
        <Panes
          mails={mails}
          onMore={list.hasNextPage ? () => void list.fetchNextPage() : undefined}
        />
      )}
    </Page>
  );
}

/** The list and the open mail side by side; on a phone one after the other. */
function Panes({ mails, onMore }: { mails: Mail[]; onMore?: () => void }) {
  const { mail: id } = mailboxRoute.useSearch();
  const open = mails.find((mail) => mail.id === id);
  return (
    <Card className="grid min-h-[60dvh] overflow-hidden md:grid-cols-[20rem_minmax(0,1fr)]">
      <div className={cn("md:border-r", open && "max-md:hidden")}>
        <ul aria-label={strings.list} className="max-h-[70dvh] divide-y overflow-y-auto">
          {mails.map((mail) => (
            <MailRow key={mail.id} mail={mail} isOpen={mail.id === id} />
          ))}
          {onMore && (
            <li className="p-2">
              <Button variant="ghost" className="w-full" onClick={onMore}>
                {strings.more}
              </Button>
            </li>
          )}
        </ul>
      </div>
      {open ? (
        <MailView key={open.id} mail={open} />
      ) : (
        <EmptyState
          icon={MailOpenIcon}
          title={strings.choose}
          className="justify-center max-md:hidden"
        />
      )}
    </Card>
  );
}

function MailRow({ mail, isOpen }: { mail: Mail; isOpen: boolean }) {
  const navigate = useNavigate();
  return (
    <li>
      <button
        type="button"
        aria-current={isOpen || undefined}
        className="grid w-full gap-0.5 px-4 py-2.5 text-left outline-offset-[-2px] hover:bg-accent/50 aria-[current=true]:bg-accent"
        onClick={() => void navigate({ to: ".", search: { mail: mail.id } })}
      >
        <span className="flex items-baseline gap-2">
          <span className="min-w-0 flex-1 truncate text-sm font-medium">{mail.to}</span>
          <span className="shrink-0 text-xs text-muted-foreground">
            {formatAgo(mail.created_at)}
          </span>
        </span>
        <span className="truncate text-sm text-muted-foreground">{mail.subject}</span>
      </button>
    </li>
  );
}

function Actions({ project, hasMails }: { project: string; hasMails: boolean }) {
  const [isAsking, setAsking] = useState(false);

  function send() {
    sendTestMail(project).then(
      (to) => toast.success(strings.tested(to)),
      (error: unknown) => toast.error(asProblem(error).body.detail),
    );
  }

  return (
    <>
      {hasMails && (
        <Button variant="outline" onClick={() => setAsking(true)}>
          <Trash2Icon />
          {strings.clear}
        </Button>
      )}
      <Button variant="outline" onClick={send}>
        <SendIcon />
        {strings.test}
      </Button>
      <ConfirmDialog
        open={isAsking}
        onOpenChange={setAsking}
        title={strings.clearTitle}
        description={strings.clearAbout}
        action={strings.clear}
        onConfirm={async () => {
          await clearMailbox(project);
          toast.success(strings.cleared);
        }}
      />
    </>
  );
}

import { useNavigate } from "@tanstack/react-router";
import { ArrowLeftIcon, ExternalLinkIcon } from "lucide-react";

import { CopyButton } from "@/components/copy-button";
import { linksIn } from "@/components/mail-frame/mail-document";
import { MailFrame } from "@/components/mail-frame/mail-frame";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Segmented } from "@/components/ui/segmented";
import type { Mail } from "@/features/mailbox/api";
import { mailboxRoute } from "@/features/mailbox/routes";
import { strings } from "@/features/mailbox/strings";
import { formatMoment } from "@/lib/format";
import { mailKindName } from "@/lib/mail-kinds";

export function MailView({ mail }: { mail: Mail }) {
  const { view } = mailboxRoute.useSearch();
  const navigate = useNavigate();
  return (
    <article className="flex min-w-0 flex-col">
      <header className="grid gap-2 border-b px-5 py-4">
        <Button
          variant="ghost"
          size="sm"
          className="justify-self-start md:hidden"
          onClick={() => void navigate({ to: ".", search: {} })}
        >
          <ArrowLeftIcon />
          {strings.back}
        </Button>
        <div className="flex flex-wrap items-start justify-between gap-3">
          <h2 className="min-w-0 text-lg font-semibold">{mail.subject}</h2>
          <Segmented
            label={strings.view}
            value={view ?? "html"}
            onChange={(next) =>
              void navigate({
                to: ".",
                search: { mail: mail.id, view: next === "text" ? next : undefined },
              })
            }
            options={[
              { value: "html", label: strings.html },
              { value: "text", label: strings.text },
            ]}
          />
        </div>
        <p className="flex flex-wrap items-center gap-x-3 gap-y-1 text-xs text-muted-foreground">
          <span>
            {strings.from} {mail.sender}
          </span>
          <span>
            {strings.to} {mail.to}
          </span>
          <span>{formatMoment(mail.created_at)}</span>
          <Badge variant="secondary">{mailKindName(mail.kind)}</Badge>
        </p>
      </header>
      {view === "text" ? (
        <pre
          tabIndex={0}
          className="min-h-72 flex-1 overflow-auto px-5 py-4 font-mono text-xs leading-5 whitespace-pre-wrap"
        >
          {mail.text}
        </pre>
      ) : (
        <MailFrame title={strings.frame(mail.subject)} html={mail.html} className="flex-1" />
      )}
      <Links links={linksIn(mail.text)} />
    </article>
  );
}

function Links({ links }: { links: string[] }) {
  if (links.length === 0) return null;
  return (
    <footer className="grid gap-1 border-t px-5 py-3">
      <h3 className="text-xs font-medium text-muted-foreground">{strings.links}</h3>
      <ul className="grid gap-0.5">
        {links.map((link) => (
          <li key={link} className="flex min-w-0 items-center gap-1">
            <a
              href={link}
              target="_blank"
              rel="noreferrer"
              className="flex min-w-0 items-center gap-1.5 text-sm text-primary underline-offset-4 hover:underline"
            >
              <ExternalLinkIcon aria-hidden className="size-3.5 shrink-0" />
              <span className="truncate">{link}</span>
            </a>
            <CopyButton text={link} label={link} />
          </li>
        ))}
      </ul>
    </footer>
  );
}

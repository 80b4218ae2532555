import { mailDocument } from "@/components/mail-frame/mail-document";
import { cn } from "@/lib/cn";

/** A mail as its reader sees it: no scripts, no other host; links open a window of their own. */
export function MailFrame({
  title,
  html,
  className,
}: {
  title: string;
  html: string;
  className?: string;
}) {
  return (
    <iframe
      title={title}
      sandbox="allow-popups allow-popups-to-escape-sandbox"
      referrerPolicy="no-referrer"
      srcDoc={mailDocument(html)}
      className={cn("min-h-72 w-full bg-white", className)}
    />
  );
}

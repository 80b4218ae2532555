import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { MonitorIcon } from "lucide-react";
import { toast } from "sonner";

import { ConfirmButton } from "@/components/confirm-dialog/confirm-button";
import { ErrorPanel } from "@/components/error-panel";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card, CardContent, CardDescription, CardHeader, CardTitle } from "@/components/ui/card";
import { Skeleton } from "@/components/ui/skeleton";
import { endAllSessions, endSession, type Session, sessionsQuery } from "@/features/account/api";
import { strings } from "@/features/account/strings";
import { formatAgo } from "@/lib/format";
import { asProblem } from "@/lib/problem";
import { signOut } from "@/lib/session";

export function Sessions() {
  const { data: sessions, error } = useQuery(sessionsQuery);
  const navigate = useNavigate();

  async function endAll() {
    await endAllSessions();
    signOut();
    await navigate({ to: "/login" });
  }

  return (
    <Card>
      <CardHeader>
        <CardTitle>{strings.sessions}</CardTitle>
        <ConfirmButton
          variant="outline"
          size="sm"
          title={strings.endAllTitle}
          description={strings.endAllAbout}
          action={strings.endAll}
          onConfirm={endAll}
        />
        <CardDescription>{strings.sessionsAbout}</CardDescription>
      </CardHeader>
      <CardContent>
        {error && <ErrorPanel error={error} />}
        {!sessions && !error && <Skeleton className="h-10" />}
        <ul className="divide-y">
          {sessions?.map((session) => (
            <SessionRow key={session.id} session={session} />
          ))}
        </ul>
      </CardContent>
    </Card>
  );
}

function SessionRow({ session }: { session: Session }) {
  function end() {
    endSession(session.id).catch((error: unknown) => toast.error(asProblem(error).body.detail));
  }

  return (
    <li className="flex items-center gap-3 py-2">
      <MonitorIcon className="size-4 shrink-0 text-muted-foreground" />
      <span className="min-w-0 flex-1">
        <span className="block truncate text-sm font-medium">{deviceOf(session.user_agent)}</span>
        <span className="block truncate text-xs text-muted-foreground">
          {session.address} · {strings.seen(formatAgo(session.refreshed_at ?? session.created_at))}
        </span>
      </span>
      {session.current ? (
        <Badge>{strings.thisOne}</Badge>
      ) : (
        <Button variant="ghost" size="sm" onClick={end}>
          {strings.end}
        </Button>
      )}
    </li>
  );
}

/** “Chrome on Linux”, as far as browsers tell. */
function deviceOf(agent: string | null): string {
  if (!agent) return strings.unknownDevice;
  const browser =
    /(Firefox|Edg|OPR|Chrome|Safari|curl|python)/.exec(agent)?.[1] ?? agent.slice(0, 40);
  const system = /(Windows|Android|iPhone|iPad|Mac OS|Linux)/.exec(agent)?.[1];
  return system ? `${browser} on ${system}` : browser;
}

import { useQuery } from "@tanstack/react-query";
import { MonitorIcon } from "lucide-react";
import { toast } from "sonner";

import { ErrorPanel } from "@/components/error-panel";
import { Button } from "@/components/ui/button";
import { Skeleton } from "@/components/ui/skeleton";
import { endSessions, sessionsQuery } from "@/features/users/api";
import { strings } from "@/features/users/strings";
import { useUsersSearch } from "@/features/users/use-users-search";
import { formatAgo } from "@/lib/format";
import { asProblem } from "@/lib/problem";

/** Where the user is signed in. */
export function UserSessions({ id }: { id: string }) {
  const { project, isAdmin, role } = useUsersSearch();
  const maySee = role !== "viewer";
  const { data: sessions, error } = useQuery({ ...sessionsQuery(project, id), enabled: maySee });

  function end() {
    endSessions(project, id).then(
      () => toast.success(strings.ended),
      (caught: unknown) => toast.error(asProblem(caught).body.detail),
    );
  }

  if (!maySee) return <p className="p-5 text-sm text-muted-foreground">{strings.editorsOnly}</p>;
  if (error) return <ErrorPanel error={error} className="m-5" />;
  if (!sessions) return <Skeleton role="status" aria-label="Loading" className="m-5 h-20" />;
  if (sessions.length === 0) {
    return <p className="p-5 text-sm text-muted-foreground">{strings.noSessions}</p>;
  }
  return (
    <div className="grid gap-3 p-5">
      <ul className="divide-y">
        {sessions.map((session) => (
          <li key={session.id} className="flex items-center gap-3 py-2">
            <MonitorIcon aria-hidden className="size-4 shrink-0 text-muted-foreground" />
            <span className="min-w-0 flex-1">
              <span className="block truncate text-sm font-medium">
                {session.user_agent ?? strings.unknownDevice}
              </span>
              <span className="block truncate text-xs text-muted-foreground">
                {session.address} ·{" "}
                {strings.seen(formatAgo(session.refreshed_at ?? session.created_at))}
              </span>
            </span>
          </li>
        ))}
      </ul>
      {isAdmin && (
        <Button variant="outline" className="justify-self-start text-destructive" onClick={end}>
          {strings.endAll}
        </Button>
      )}
    </div>
  );
}

import { useQuery } from "@tanstack/react-query";
import { toast } from "sonner";

import { Button } from "@/components/ui/button";
import { Card, CardHeader, CardTitle } from "@/components/ui/card";
import { invitationsQuery, revokeInvitation } from "@/features/settings/api";
import { strings } from "@/features/settings/strings";
import { formatDay } from "@/lib/format";
import { asProblem } from "@/lib/problem";

/** Those that nobody has accepted yet. */
export function Invitations({ project }: { project: string }) {
  const { data: invitations = [] } = useQuery(invitationsQuery(project));
  if (invitations.length === 0) return null;

  function revoke(id: string) {
    revokeInvitation(project, id).then(
      () => toast.success(strings.revoked),
      (caught: unknown) => toast.error(asProblem(caught).body.detail),
    );
  }

  return (
    <Card className="pb-1">
      <CardHeader className="pb-2">
        <CardTitle>{strings.invitations}</CardTitle>
      </CardHeader>
      <ul className="divide-y">
        {invitations.map((each) => (
          <li key={each.id} className="flex items-center gap-3 px-5 py-2.5">
            <div className="min-w-0 flex-1">
              <p className="truncate text-sm font-medium">{each.email}</p>
              <p className="text-xs text-muted-foreground">
                {strings.roles[each.role]} · {strings.expires(formatDay(each.expires_at))}
              </p>
            </div>
            <Button variant="ghost" size="sm" onClick={() => revoke(each.id)}>
              {strings.revoke}
            </Button>
          </li>
        ))}
      </ul>
    </Card>
  );
}

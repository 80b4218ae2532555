import { Badge } from "@/components/ui/badge";
import type { Column } from "@/components/data-table/types";
import type { User } from "@/features/users/api";
import { strings } from "@/features/users/strings";
import { formatAgo, formatDay } from "@/lib/format";

export function whoIs(user: User): string {
  return user.email ?? user.name ?? strings.anonymous;
}

/** `invited`: those who have not accepted yet. */
export function columnsOf(invited: ReadonlySet<string>): Column<User>[] {
  return [
    {
      id: "email",
      header: strings.email,
      width: 260,
      cell: (user) => <span className="truncate font-medium">{whoIs(user)}</span>,
    },
    {
      id: "name",
      header: strings.name,
      width: 180,
      cell: (user) => <span className="truncate">{user.name}</span>,
    },
    {
      id: "status",
      header: strings.status,
      width: 200,
      cell: (user) => <Standing user={user} isInvited={invited.has(user.id)} />,
    },
    {
      id: "roles",
      header: strings.roles,
      width: 200,
      cell: (user) => (
        <span className="flex gap-1">
          {user.roles.map((role) => (
            <Badge key={role} variant="secondary">
              {role}
            </Badge>
          ))}
        </span>
      ),
    },
    {
      id: "last_login_at",
      header: strings.lastLogin,
      width: 140,
      cell: (user) => (
        <span className="text-muted-foreground">
          {user.last_login_at ? formatAgo(user.last_login_at) : strings.never}
        </span>
      ),
    },
    {
      id: "created_at",
      header: strings.created,
      width: 130,
      cell: (user) => <span className="text-muted-foreground">{formatDay(user.created_at)}</span>,
    },
  ];
}

export function Standing({ user, isInvited }: { user: User; isInvited: boolean }) {
  return (
    <span className="flex flex-wrap gap-1">
      <Badge variant={user.status === "active" ? "success" : "destructive"}>
        {strings.statuses[user.status]}
      </Badge>
      {isInvited && <Badge>{strings.invited}</Badge>}
      {user.email !== null && !user.email_verified && !isInvited && (
        <Badge variant="warning">{strings.unverified}</Badge>
      )}
    </span>
  );
}

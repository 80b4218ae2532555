import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { toast } from "sonner";

import { ConfirmButton } from "@/components/confirm-dialog/confirm-button";
import { ErrorPanel } from "@/components/error-panel";
import { Card, CardDescription, CardHeader, CardTitle } from "@/components/ui/card";
import {
  Select,
  SelectContent,
  SelectItem,
  SelectTrigger,
  SelectValue,
} from "@/components/ui/select";
import { Skeleton } from "@/components/ui/skeleton";
import {
  changeRole,
  type Member,
  membersQuery,
  removeMember,
  type Role,
} from "@/features/settings/api";
import { Invitations } from "@/features/settings/components/invitations";
import { InviteForm } from "@/features/settings/components/invite-form";
import { strings } from "@/features/settings/strings";
import { formatDay } from "@/lib/format";
import { asProblem } from "@/lib/problem";
import { signedInAdmin } from "@/lib/session";
import type { Project } from "@/routing/project-route";

const ROLES = Object.entries(strings.roles) as [Role, string][];

/** Who works on the project, and who is asked to. */
export function Team({ project, isAdmin }: { project: Project; isAdmin: boolean }) {
  const { data: members, error, refetch } = useQuery(membersQuery(project.slug));
  return (
    <div className="grid grid-cols-1 gap-4">
      <Card className="pb-1">
        <CardHeader className="pb-2">
          <CardTitle>{strings.members}</CardTitle>
          <CardDescription>{strings.membersAbout}</CardDescription>
        </CardHeader>
        {error && <ErrorPanel error={error} onRetry={() => void refetch()} className="m-5" />}
        {!members && !error && <Skeleton className="m-5 h-24" />}
        <ul className="divide-y">
          {members?.map((member) => (
            <MemberRow key={member.id} project={project} member={member} isAdmin={isAdmin} />
          ))}
        </ul>
      </Card>
      {isAdmin && <InviteForm project={project.slug} />}
      {isAdmin && <Invitations project={project.slug} />}
    </div>
  );
}

function MemberRow({
  project,
  member,
  isAdmin,
}: {
  project: Project;
  member: Member;
  isAdmin: boolean;
}) {
  const navigate = useNavigate();
  const isMe = signedInAdmin()?.id === member.id;
  const name = member.name || member.email;

  function give(role: Role) {
    changeRole(project.slug, member, role).then(
      () => toast.success(strings.roleChanged(name, strings.roles[role])),
      (caught: unknown) => toast.error(asProblem(caught).body.detail),
    );
  }

  async function remove() {
    await removeMember(project.slug, member.id);
    toast.success(strings.removed(name));
    if (isMe) await navigate({ to: "/projects" });
  }

  return (
    <li className="flex flex-wrap items-center gap-3 px-5 py-2.5">
      <div className="min-w-0 flex-1 basis-40">
        <p className="truncate text-sm font-medium">
          {name} {isMe && <span className="text-muted-foreground">({strings.you})</span>}
        </p>
        <p className="truncate text-xs text-muted-foreground">
          {member.email} · {strings.since} {formatDay(member.created_at)}
        </p>
      </div>
      {isAdmin ? (
        <Select value={member.role} onValueChange={(role) => give(role as Role)}>
          <SelectTrigger aria-label={`${strings.role}: ${name}`} className="w-28">
            <SelectValue />
          </SelectTrigger>
          <SelectContent>
            {ROLES.map(([role, label]) => (
              <SelectItem key={role} value={role}>
                {label}
              </SelectItem>
            ))}
          </SelectContent>
        </Select>
      ) : (
        <span className="text-sm text-muted-foreground">{strings.roles[member.role]}</span>
      )}
      {(isAdmin || isMe) && (
        <ConfirmButton
          variant="ghost"
          size="sm"
          title={isMe ? strings.leaveTitle : strings.removeTitle(name)}
          description={isMe ? strings.leaveAbout : strings.removeAbout}
          action={isMe ? strings.leave : strings.remove}
          onConfirm={remove}
        />
      )}
    </li>
  );
}

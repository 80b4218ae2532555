import { useQuery } from "@tanstack/react-query";
import { UserMinusIcon } from "lucide-react";
import { toast } from "sonner";

import { ConfirmButton } from "@/components/confirm-dialog/confirm-button";
import { ErrorPanel } from "@/components/error-panel";
import { Skeleton } from "@/components/ui/skeleton";
import {
  type Member,
  membersQuery,
  putMember,
  removeMember,
  type Role,
} from "@/features/organisations/api";
import { AddMember } from "@/features/organisations/components/add-member";
import { Invite } from "@/features/organisations/components/invite";
import { RoleSelect } from "@/features/organisations/components/role-select";
import { organisationsRoute } from "@/features/organisations/routes";
import { strings } from "@/features/organisations/strings";
import { asProblem } from "@/lib/problem";
import { useIsAdmin, useProject } from "@/routing/use-project";

/** Who belongs to an organisation, and as what. */
export function Members({ org }: { org: string }) {
  const { project } = organisationsRoute.useParams();
  const { role } = useProject();
  const isAdmin = useIsAdmin();
  const maySee = role !== "viewer";
  const {
    data: members,
    error,
    refetch,
  } = useQuery({
    ...membersQuery(project, org),
    enabled: maySee,
  });
  if (!maySee) return <p className="p-5 text-sm text-muted-foreground">{strings.editorsOnly}</p>;
  return (
    <div className="grid">
      {error && <ErrorPanel error={error} onRetry={() => void refetch()} className="m-5" />}
      {!members && !error && <Skeleton role="status" aria-label="Loading" className="m-5 h-24" />}
      {members?.length === 0 && (
        <p className="p-5 text-sm text-muted-foreground">{strings.membersNone}</p>
      )}
      <ul aria-label={strings.members} className="divide-y border-b empty:border-0">
        {members?.map((member) => (
          <Row key={member.user_id} org={org} member={member} isAdmin={isAdmin} />
        ))}
      </ul>
      {isAdmin && (
        <>
          <AddMember org={org} />
          <Invite org={org} />
        </>
      )}
    </div>
  );
}

function Row({ org, member, isAdmin }: { org: string; member: Member; isAdmin: boolean }) {
  const { project } = organisationsRoute.useParams();
  const who = member.name ?? member.email ?? strings.unnamed;

  function give(role: Role) {
    putMember(project, org, member.user_id, role).then(
      () => toast.success(strings.roleChanged(who, strings.roles[role])),
      (caught: unknown) => toast.error(asProblem(caught).body.detail),
    );
  }

  async function remove() {
    await removeMember(project, org, member.user_id);
    toast.success(strings.removed(who));
  }

  return (
    <li className="flex items-center gap-2 px-5 py-2.5">
      <div className="min-w-0 flex-1">
        <p className="truncate text-sm font-medium">{who}</p>
        {member.email && member.email !== who && (
          <p className="truncate text-xs text-muted-foreground">{member.email}</p>
        )}
      </div>
      {isAdmin ? (
        <>
          <RoleSelect label={strings.roleOf(who)} value={member.role} onChange={give} />
          <ConfirmButton
            variant="ghost"
            size="icon-sm"
            label={strings.removeMember(who)}
            title={strings.removeTitle(who)}
            description={strings.removeAbout}
            action={strings.remove}
            onConfirm={remove}
          >
            <UserMinusIcon />
          </ConfirmButton>
        </>
      ) : (
        <span className="text-sm text-muted-foreground">{strings.roles[member.role]}</span>
      )}
    </li>
  );
}

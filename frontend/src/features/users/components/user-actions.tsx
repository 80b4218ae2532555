import { Link } from "@tanstack/react-router";
import {
  BanIcon,
  EllipsisIcon,
  KeyRoundIcon,
  MailIcon,
  MessageCircleQuestionIcon,
  TableIcon,
  Trash2Icon,
  UserCheckIcon,
} from "lucide-react";
import { useState } from "react";
import { toast } from "sonner";

import { ConfirmDialog } from "@/components/confirm-dialog/confirm-dialog";
import { Button } from "@/components/ui/button";
import {
  DropdownMenu,
  DropdownMenuContent,
  DropdownMenuItem,
  DropdownMenuTrigger,
} from "@/components/ui/dropdown-menu";
import { deleteUser, mailUser, updateUser, type User } from "@/features/users/api";
import { whoIs } from "@/features/users/columns";
import { strings } from "@/features/users/strings";
import { useUsersSearch } from "@/features/users/use-users-search";
import { asProblem } from "@/lib/problem";

type Props = { user: User; isInvited: boolean; onClose: () => void };

/** Told when it is done, and when it is not. */
function tell(work: Promise<unknown>, done: string): void {
  work.then(
    () => toast.success(done),
    (error: unknown) => toast.error(asProblem(error).body.detail),
  );
}

export function UserActions({ user, isInvited, onClose }: Props) {
  const { project } = useUsersSearch();
  const [asking, setAsking] = useState<"suspend" | "delete" | null>(null);
  const shut = (isOpen: boolean) => !isOpen && setAsking(null);
  const reactivate = () =>
    tell(updateUser(project, user.id, { status: "active" }), strings.reactivated);
  return (
    <div className="mr-auto flex gap-1.5">
      {user.status === "active" ? (
        <Button variant="outline" onClick={() => setAsking("suspend")}>
          <BanIcon />
          {strings.suspend}
        </Button>
      ) : (
        <Button variant="outline" onClick={reactivate}>
          <UserCheckIcon />
          {strings.reactivate}
        </Button>
      )}
      <More user={user} isInvited={isInvited} onDelete={() => setAsking("delete")} />
      <ConfirmDialog
        open={asking === "suspend"}
        onOpenChange={shut}
        title={strings.suspendTitle(whoIs(user))}
        description={strings.suspendAbout}
        action={strings.suspend}
        onConfirm={async () => {
          await updateUser(project, user.id, { status: "suspended" });
          toast.success(strings.suspended);
        }}
      />
      <ConfirmDialog
        open={asking === "delete"}
        onOpenChange={shut}
        title={strings.deleteTitle(whoIs(user))}
        description={strings.deleteAbout}
        action={strings.delete}
        onConfirm={async () => {
          await deleteUser(project, user.id);
          toast.success(strings.deleted);
          onClose();
        }}
      />
    </div>
  );
}

function More({ user, isInvited, onDelete }: Omit<Props, "onClose"> & { onDelete: () => void }) {
  const { project } = useUsersSearch();
  const base = `/projects/${project}`;
  const mail = (what: "password-reset" | "invitation") =>
    tell(mailUser(project, user.id, what), strings.resetSent);
  return (
    <DropdownMenu>
      <DropdownMenuTrigger asChild>
        <Button variant="ghost" size="icon" aria-label={strings.more}>
          <EllipsisIcon />
        </Button>
      </DropdownMenuTrigger>
      <DropdownMenuContent align="start">
        {user.email !== null && isInvited && (
          <DropdownMenuItem onSelect={() => mail("invitation")}>
            <MailIcon />
            {strings.invite}
          </DropdownMenuItem>
        )}
        {user.email !== null && !isInvited && (
          <DropdownMenuItem onSelect={() => mail("password-reset")}>
            <KeyRoundIcon />
            {strings.reset}
          </DropdownMenuItem>
        )}
        <DropdownMenuItem asChild>
          <Link to={`${base}/data/users`} search={{ record: user.id }}>
            <TableIcon />
            {strings.record}
          </Link>
        </DropdownMenuItem>
        <DropdownMenuItem asChild>
          <Link to={`${base}/policies/explain`} search={{ principal: `user:${user.id}` }}>
            <MessageCircleQuestionIcon />
            {strings.explain}
          </Link>
        </DropdownMenuItem>
        <DropdownMenuItem variant="destructive" onSelect={onDelete}>
          <Trash2Icon />
          {strings.delete}
        </DropdownMenuItem>
      </DropdownMenuContent>
    </DropdownMenu>
  );
}

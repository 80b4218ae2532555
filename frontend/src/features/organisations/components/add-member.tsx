import { useState } from "react";
import { toast } from "sonner";

import { Button } from "@/components/ui/button";
import { putMember, type Role } from "@/features/organisations/api";
import { RoleSelect } from "@/features/organisations/components/role-select";
import { UserField } from "@/features/organisations/components/user-field";
import { organisationsRoute } from "@/features/organisations/routes";
import { strings } from "@/features/organisations/strings";
import { asProblem } from "@/lib/problem";

/** A user there is becomes a member at once. */
export function AddMember({ org }: { org: string }) {
  const { project } = organisationsRoute.useParams();
  const [user, setUser] = useState<string>();
  const [role, setRole] = useState<Role>("member");

  function add() {
    if (!user) return;
    putMember(project, org, user, role).then(
      () => {
        toast.success(strings.added);
        setUser(undefined);
      },
      (error: unknown) => toast.error(asProblem(error).body.detail),
    );
  }

  return (
    <section aria-label={strings.addMember} className="grid gap-2 p-5">
      <h3 className="text-sm font-semibold">{strings.addMember}</h3>
      <div className="flex flex-wrap items-end gap-2">
        <div className="min-w-0 flex-1 basis-40">
          <UserField label={strings.user} value={user} onChange={setUser} />
        </div>
        <RoleSelect label={strings.role} value={role} onChange={setRole} />
        <Button disabled={!user} onClick={add}>
          {strings.add}
        </Button>
      </div>
      <p className="text-xs text-muted-foreground">{strings.rolesAbout}</p>
    </section>
  );
}

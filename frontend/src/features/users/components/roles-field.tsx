import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";

import { ChipsField } from "@/components/form/chips";
import { strings } from "@/features/users/strings";
import { useUsersSearch } from "@/features/users/use-users-search";
import { roleNamesQuery } from "@/lib/principals";

export function RolesField({ name }: { name: "roles" }) {
  const { project } = useUsersSearch();
  const { data: roles = [] } = useQuery(roleNamesQuery(project));
  if (roles.length === 0) {
    return (
      <p className="text-sm text-muted-foreground">
        {strings.rolesNone}{" "}
        <Link to={`/projects/${project}/roles`} className="text-primary underline">
          {strings.toRoles}
        </Link>
      </p>
    );
  }
  return (
    <ChipsField
      name={name}
      label={strings.roles}
      hint={strings.rolesHint}
      options={roles.map((value) => ({ value, label: value }))}
    />
  );
}

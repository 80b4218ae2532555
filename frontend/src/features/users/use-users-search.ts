import { useNavigate } from "@tanstack/react-router";

import { usersRoute, type UsersSearch } from "@/features/users/routes";
import { useIsAdmin, useProject } from "@/routing/use-project";

/** The state in the address, how to change a part of it, and what one may do. */
export function useUsersSearch() {
  const search = usersRoute.useSearch();
  const { slug, role } = useProject();
  const isAdmin = useIsAdmin();
  const navigate = useNavigate();

  function update(change: Partial<UsersSearch>, replace = false) {
    void navigate({ to: ".", search: (now: UsersSearch) => ({ ...now, ...change }), replace });
  }

  return { project: slug, search, update, isAdmin, role };
}

import { useNavigate } from "@tanstack/react-router";

import { policiesRoute, type PoliciesSearch } from "@/features/policies/routes";

/** The state in the address, and how to change a part of it. */
export function usePoliciesSearch() {
  const search = policiesRoute.useSearch();
  const { project, view } = policiesRoute.useParams();
  const navigate = useNavigate();

  function update(change: Partial<PoliciesSearch>) {
    void navigate({ to: ".", search: (now: PoliciesSearch) => ({ ...now, ...change }) });
  }

  /** Another part of the screen, with a state of its own. */
  function open(next: string, state: PoliciesSearch = {}) {
    const path = `/projects/${project}/policies${next && `/${next}`}`;
    void navigate({ to: path, search: state });
  }

  return { project, view, search, update, open };
}

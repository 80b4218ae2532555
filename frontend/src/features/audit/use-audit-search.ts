import { useNavigate } from "@tanstack/react-router";

import { auditRoute, type AuditSearch } from "@/features/audit/routes";

/** The state in the address, and how to change a part of it. */
export function useAuditSearch() {
  const search = auditRoute.useSearch();
  const navigate = useNavigate();

  function update(change: Partial<AuditSearch>) {
    void navigate({
      from: auditRoute.fullPath,
      to: ".",
      search: (now: AuditSearch) => ({ ...now, ...change }),
    });
  }

  /** Other filters are another list. */
  function filter(change: Partial<AuditSearch>) {
    update({ entry: undefined, ...change });
  }

  return { search, update, filter };
}

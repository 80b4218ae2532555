import { useNavigate } from "@tanstack/react-router";

import { dataRoute, type DataSearch } from "@/features/data/routes";

/** The state in the address, and how to change a part of it. */
export function useDataSearch() {
  const search = dataRoute.useSearch();
  const navigate = useNavigate();

  function update(change: Partial<DataSearch>) {
    void navigate({
      to: ".",
      search: (now: DataSearch) => ({ ...now, ...change }),
    });
  }

  return { search, update };
}

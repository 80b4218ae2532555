import { useNavigate } from "@tanstack/react-router";

import { historyRoute, type HistorySearch } from "@/features/history/routes";

export function useHistorySearch() {
  const search = historyRoute.useSearch();
  const navigate = useNavigate();

  function update(change: HistorySearch) {
    void navigate({ to: ".", search: (now: HistorySearch) => ({ ...now, ...change }) });
  }

  return { search, update };
}

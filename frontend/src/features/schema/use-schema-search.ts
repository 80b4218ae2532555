import { useNavigate, useSearch } from "@tanstack/react-router";

import type { SchemaSearch } from "@/features/schema/routes";

export function useSchemaSearch() {
  // The relations screen has a draft and a plan, too.
  const search: SchemaSearch = useSearch({ strict: false });
  const navigate = useNavigate();

  function update(change: SchemaSearch) {
    const search = (now: SchemaSearch) => ({ ...now, ...change });
    // What is typed letter by letter is one step back.
    void navigate({ to: ".", search, replace: "find" in change });
  }

  return { search, update };
}

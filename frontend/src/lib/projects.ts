import { queryOptions } from "@tanstack/react-query";

import { api, unwrap } from "@/lib/api";

const MOST = 200;

/** The projects that one is a member of: the switcher and the list show them. */
export const projectsQuery = queryOptions({
  queryKey: ["projects"],
  queryFn: () =>
    unwrap(api.GET("/api/projects", { params: { query: { limit: MOST } } })).then(
      (page) => page.data,
    ),
});

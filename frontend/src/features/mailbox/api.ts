import { infiniteQueryOptions } from "@tanstack/react-query";

import { api, type Schemas, unwrap } from "@/lib/api";
import { queryClient } from "@/lib/query";

export type Mail = Schemas["MailRead"];

const PAGE = 50;
const EVERY_MS = 5_000;
const PATH = "/api/projects/{project}/mailbox";

/** The newest first; looked at again every few seconds, as mails come by themselves. */
export function mailsQuery(project: string) {
  return infiniteQueryOptions({
    queryKey: ["project", project, "mailbox"],
    queryFn: ({ pageParam }) =>
      unwrap(
        api.GET(PATH, {
          params: { path: { project }, query: { limit: PAGE, offset: pageParam } },
        }),
      ),
    initialPageParam: 0,
    getNextPageParam: ({ page }) => (page.has_more ? page.offset + page.limit : undefined),
    refetchInterval: EVERY_MS,
  });
}

export async function clearMailbox(project: string): Promise<void> {
  await unwrap(api.DELETE(PATH, { params: { path: { project } } }));
  await queryClient.invalidateQueries({ queryKey: ["project", project, "mailbox"] });
}

/** The address that the mail goes to: one's own. */
export async function sendTestMail(project: string): Promise<string> {
  const queued = await unwrap(
    api.POST("/api/projects/{project}/email/test", {
      params: { path: { project } },
      body: { locale: "en" },
    }),
  );
  return queued.to;
}

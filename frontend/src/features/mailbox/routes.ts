import { createRoute, lazyRouteComponent } from "@tanstack/react-router";

import { strings } from "@/features/mailbox/strings";
import { projectRoute } from "@/routing/project-route";

/** `mail`: the open one. `view`: its text instead of its HTML. */
export type MailboxSearch = { mail?: string; view?: "text" };

export const mailboxRoute = createRoute({
  getParentRoute: () => projectRoute,
  path: "mailbox",
  staticData: { title: strings.title },
  validateSearch: ({ mail, view }): MailboxSearch => ({
    mail: typeof mail === "string" ? mail : undefined,
    view: view === "text" ? view : undefined,
  }),
  component: lazyRouteComponent(() => import("@/features/mailbox/mailbox-page"), "MailboxPage"),
});

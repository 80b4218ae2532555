import { MailOpenIcon } from "lucide-react";

import { mailboxRoute } from "@/features/mailbox/routes";
import { strings } from "@/features/mailbox/strings";
import type { ConsoleFeature } from "@/lib/feature";

export const feature: ConsoleFeature = {
  name: "mailbox",
  screens: [
    {
      to: "mailbox",
      label: strings.title,
      icon: MailOpenIcon,
      section: "Observe",
      keywords: ["email", "mails", "development", "smtp"],
    },
  ],
  projectRoutes: [mailboxRoute],
};

import { WebhookIcon } from "lucide-react";

import { webhookRoute, webhooksRoute } from "@/features/webhooks/routes";
import { strings } from "@/features/webhooks/strings";
import type { ConsoleFeature } from "@/lib/feature";

export const feature: ConsoleFeature = {
  name: "webhooks",
  screens: [
    {
      to: "webhooks",
      label: strings.title,
      icon: WebhookIcon,
      section: "Events",
      keywords: ["deliveries", "endpoints", "callbacks"],
    },
  ],
  projectRoutes: [webhooksRoute, webhookRoute],
};

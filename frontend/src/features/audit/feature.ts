import { ScrollTextIcon } from "lucide-react";

import { auditRoute } from "@/features/audit/routes";
import { strings } from "@/features/audit/strings";
import type { ConsoleFeature } from "@/lib/feature";

export const feature: ConsoleFeature = {
  name: "audit",
  screens: [
    {
      to: "audit",
      label: strings.title,
      icon: ScrollTextIcon,
      section: "Observe",
      keywords: ["history", "changes", "undo", "who"],
    },
  ],
  projectRoutes: [auditRoute],
};

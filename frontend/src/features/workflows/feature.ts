import { WorkflowIcon } from "lucide-react";

import { newWorkflowRoute, workflowRoute, workflowsRoute } from "@/features/workflows/routes";
import { strings } from "@/features/workflows/strings";
import type { ConsoleFeature } from "@/lib/feature";

export const feature: ConsoleFeature = {
  name: "workflows",
  screens: [
    {
      to: "workflows",
      label: strings.title,
      icon: WorkflowIcon,
      section: "Events",
      keywords: ["automation", "runs", "schedule", "cron"],
    },
  ],
  projectRoutes: [workflowsRoute, newWorkflowRoute, workflowRoute],
};

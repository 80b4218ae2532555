import { ChartColumnIcon } from "lucide-react";

import { metricsRoute } from "@/features/metrics/routes";
import { strings } from "@/features/metrics/strings";
import type { ConsoleFeature } from "@/lib/feature";

export const feature: ConsoleFeature = {
  name: "metrics",
  screens: [
    {
      to: "metrics",
      label: strings.title,
      icon: ChartColumnIcon,
      section: "Observe",
      keywords: ["requests", "errors", "latency", "storage", "logs", "health"],
    },
  ],
  projectRoutes: [metricsRoute],
};

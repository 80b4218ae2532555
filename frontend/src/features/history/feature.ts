import { HistoryIcon } from "lucide-react";

import { historyRoute } from "@/features/history/routes";
import { strings } from "@/features/history/strings";
import type { ConsoleFeature } from "@/lib/feature";

export const feature: ConsoleFeature = {
  name: "history",
  screens: [
    {
      to: "history",
      label: strings.title,
      icon: HistoryIcon,
      section: "Build",
      keywords: ["versions", "rollback", "diff", "drift", "aliases", "former names"],
    },
  ],
  projectRoutes: [historyRoute],
};

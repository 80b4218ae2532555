import { TableIcon } from "lucide-react";

import { dataRoute } from "@/features/data/routes";
import { strings } from "@/features/data/strings";
import type { ConsoleFeature } from "@/lib/feature";

export const feature: ConsoleFeature = {
  name: "data",
  screens: [
    {
      to: "data",
      label: strings.title,
      icon: TableIcon,
      section: "Build",
      keywords: ["records", "rows", "table"],
    },
  ],
  projectRoutes: [dataRoute],
};

import { BookOpenIcon } from "lucide-react";

import { apiDocsRoute } from "@/features/api-docs/routes";
import { strings } from "@/features/api-docs/strings";
import type { ConsoleFeature } from "@/lib/feature";

export const feature: ConsoleFeature = {
  name: "api-docs",
  screens: [
    {
      to: "api-docs",
      label: strings.title,
      icon: BookOpenIcon,
      section: "Project",
      keywords: ["openapi", "reference", "SDK", "types", "curl", "swagger"],
    },
  ],
  projectRoutes: [apiDocsRoute],
};

import { IdCardIcon } from "lucide-react";

import { rolesRoute } from "@/features/roles/routes";
import { strings } from "@/features/roles/strings";
import type { ConsoleFeature } from "@/lib/feature";

export const feature: ConsoleFeature = {
  name: "roles",
  screens: [
    {
      to: "roles",
      label: strings.title,
      icon: IdCardIcon,
      section: "Access",
      keywords: ["rbac", "groups", "permissions"],
    },
  ],
  projectRoutes: [rolesRoute],
};

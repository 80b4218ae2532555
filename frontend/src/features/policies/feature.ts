import { ShieldCheckIcon } from "lucide-react";

import { policiesRoute } from "@/features/policies/routes";
import { strings } from "@/features/policies/strings";
import type { ConsoleFeature } from "@/lib/feature";

export const feature: ConsoleFeature = {
  name: "policies",
  screens: [
    {
      to: "policies",
      label: strings.title,
      icon: ShieldCheckIcon,
      section: "Access",
      keywords: [
        "permissions",
        "rules",
        "matrix",
        "explain",
        "denied",
        "access",
        "linter",
        "tests",
      ],
    },
  ],
  projectRoutes: [policiesRoute],
};

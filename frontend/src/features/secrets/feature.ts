import { KeySquareIcon } from "lucide-react";

import { secretsRoute } from "@/features/secrets/routes";
import { strings } from "@/features/secrets/strings";
import type { ConsoleFeature } from "@/lib/feature";

export const feature: ConsoleFeature = {
  name: "secrets",
  screens: [
    {
      to: "secrets",
      label: strings.title,
      icon: KeySquareIcon,
      section: "Events",
      keywords: ["tokens", "credentials", "workflows"],
    },
  ],
  projectRoutes: [secretsRoute],
};

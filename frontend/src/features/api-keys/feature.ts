import { KeyRoundIcon } from "lucide-react";

import { apiKeysRoute } from "@/features/api-keys/routes";
import { strings } from "@/features/api-keys/strings";
import type { ConsoleFeature } from "@/lib/feature";

export const feature: ConsoleFeature = {
  name: "api-keys",
  screens: [
    {
      to: "api-keys",
      label: strings.title,
      icon: KeyRoundIcon,
      section: "Access",
      keywords: ["tokens", "secrets", "server", "scopes", "rotate"],
    },
  ],
  projectRoutes: [apiKeysRoute],
};

import { SettingsIcon } from "lucide-react";

import { settingsRoute } from "@/features/settings/routes";
import { strings } from "@/features/settings/strings";
import type { ConsoleFeature } from "@/lib/feature";

export const feature: ConsoleFeature = {
  name: "settings",
  screens: [
    {
      to: "settings",
      label: strings.title,
      icon: SettingsIcon,
      section: "Project",
      keywords: ["members", "team", "invitations", "CORS", "limits", "retention", "delete"],
    },
  ],
  projectRoutes: [settingsRoute],
};

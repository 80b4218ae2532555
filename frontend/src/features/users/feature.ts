import { UsersIcon } from "lucide-react";

import { usersRoute } from "@/features/users/routes";
import { strings } from "@/features/users/strings";
import type { ConsoleFeature } from "@/lib/feature";

export const feature: ConsoleFeature = {
  name: "users",
  screens: [
    {
      to: "users",
      label: strings.title,
      icon: UsersIcon,
      section: "Access",
      keywords: ["people", "accounts", "invite", "suspend", "sessions"],
    },
  ],
  projectRoutes: [usersRoute],
};

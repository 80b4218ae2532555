import { Building2Icon } from "lucide-react";

import { organisationsRoute } from "@/features/organisations/routes";
import { strings } from "@/features/organisations/strings";
import type { ConsoleFeature } from "@/lib/feature";

export const feature: ConsoleFeature = {
  name: "organisations",
  screens: [
    {
      to: "organisations",
      label: strings.title,
      icon: Building2Icon,
      section: "Access",
      keywords: ["teams", "tenants", "workspaces", "memberships", "orgs"],
    },
  ],
  projectRoutes: [organisationsRoute],
};

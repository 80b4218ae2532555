import { GaugeIcon } from "lucide-react";

import { overviewRoute, projectIndexRoute } from "@/features/overview/routes";
import { strings } from "@/features/overview/strings";
import type { ConsoleFeature } from "@/lib/feature";

export const feature: ConsoleFeature = {
  name: "overview",
  screens: [{ to: "overview", label: strings.title, icon: GaugeIcon, section: "" }],
  projectRoutes: [projectIndexRoute, overviewRoute],
};

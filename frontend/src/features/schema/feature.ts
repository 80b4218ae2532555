import { NetworkIcon, WaypointsIcon } from "lucide-react";

import { relationsRoute, schemaRoute } from "@/features/schema/routes";
import { strings } from "@/features/schema/strings";
import type { ConsoleFeature } from "@/lib/feature";

export const feature: ConsoleFeature = {
  name: "schema",
  screens: [
    {
      to: "schema",
      label: strings.title,
      icon: NetworkIcon,
      section: "Build",
      keywords: ["collections", "fields", "relations", "tables", "columns", "plan"],
    },
    {
      to: "relations",
      label: strings.relations,
      icon: WaypointsIcon,
      section: "Build",
      keywords: ["diagram", "foreign keys", "ERD"],
    },
  ],
  projectRoutes: [schemaRoute, relationsRoute],
};

import { RadioIcon } from "lucide-react";

import { realtimeRoute } from "@/features/realtime/routes";
import { strings } from "@/features/realtime/strings";
import type { ConsoleFeature } from "@/lib/feature";

export const feature: ConsoleFeature = {
  name: "realtime",
  screens: [
    {
      to: "realtime",
      label: strings.title,
      icon: RadioIcon,
      section: "Events",
      keywords: ["websocket", "live", "channels", "presence", "subscribe"],
    },
  ],
  projectRoutes: [realtimeRoute],
};

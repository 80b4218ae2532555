import { FingerprintIcon } from "lucide-react";

import { authenticationRoute } from "@/features/authentication/routes";
import { strings } from "@/features/authentication/strings";
import type { ConsoleFeature } from "@/lib/feature";

export const feature: ConsoleFeature = {
  name: "authentication",
  screens: [
    {
      to: "authentication",
      label: strings.title,
      icon: FingerprintIcon,
      section: "Access",
      keywords: [
        "sign in",
        "sign up",
        "google",
        "github",
        "oauth",
        "passkeys",
        "mfa",
        "mail templates",
      ],
    },
  ],
  projectRoutes: [authenticationRoute],
};

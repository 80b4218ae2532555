import type { ConsoleFeature } from "@/lib/feature";
import { loginRoute, registerRoute } from "@/features/auth/routes";

export const feature: ConsoleFeature = {
  name: "auth",
  publicRoutes: [loginRoute, registerRoute],
};

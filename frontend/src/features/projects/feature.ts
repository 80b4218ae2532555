import { projectsRoute, welcomeRoute } from "@/features/projects/routes";
import type { ConsoleFeature } from "@/lib/feature";

export const feature: ConsoleFeature = {
  name: "projects",
  accountRoutes: [projectsRoute],
  signedInRoutes: [welcomeRoute],
};

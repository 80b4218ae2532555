import { accountRoute } from "@/features/account/routes";
import type { ConsoleFeature } from "@/lib/feature";

export const feature: ConsoleFeature = { name: "account", accountRoutes: [accountRoute] };

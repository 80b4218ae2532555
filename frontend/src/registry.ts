/** The features of the console, in the order of the sidebar: the one line that adds one. */
import type { ConsoleFeature, Screen } from "@/lib/feature";

const FEATURES = [
  "auth",
  "account",
  "projects",
  "overview",
  "schema",
  "history",
  "data",
  "policies",
  "users",
  "roles",
  "organisations",
  "authentication",
  "api-keys",
  "webhooks",
  "workflows",
  "realtime",
  "secrets",
  "audit",
  "metrics",
  "mailbox",
  "api-docs",
  "settings",
];

const modules = import.meta.glob<{ feature: ConsoleFeature }>("./features/*/feature.ts", {
  eager: true,
});

function load(name: string): ConsoleFeature {
  const found = modules[`./features/${name}/feature.ts`];
  if (!found) throw new Error(`There is no src/features/${name}/feature.ts.`);
  return found.feature;
}

export const features: readonly ConsoleFeature[] = FEATURES.map(load);

export const screens: readonly Screen[] = features.flatMap((feature) => feature.screens ?? []);

import type { AnyRoute } from "@tanstack/react-router";
import type { LucideIcon } from "lucide-react";

/** The groups of the sidebar, from top to bottom. */
export const SECTIONS = ["", "Build", "Access", "Events", "Observe", "Project"] as const;
export type Section = (typeof SECTIONS)[number];

/** A place in a project's sidebar; `to` is the last part of its address. */
export type Screen = {
  to: string;
  label: string;
  icon: LucideIcon;
  section: Section;
  /** More words by which the command palette finds it. */
  keywords?: string[];
};

/** What the console knows of a feature: its screens, and its routes by where they hang. */
export type ConsoleFeature = {
  name: string;
  screens?: readonly Screen[];
  projectRoutes?: readonly AnyRoute[];
  /** Within the frame of the account: a header, and no sidebar. */
  accountRoutes?: readonly AnyRoute[];
  signedInRoutes?: readonly AnyRoute[];
  publicRoutes?: readonly AnyRoute[];
};

/** The screens of the console: add a line for yours. */
import type { Page } from "playwright-core";

import { EVENTS_SCREENS } from "./events-screens";

export type Shown = {
  name: string;
  path: string;
  heading: string;
  /** What must be opened before it is looked at. */
  open?: (page: Page) => Promise<void>;
};

const PROJECT = "/projects/library";

export const SCREENS: Shown[] = [
  { name: "projects", path: "/projects", heading: "Projects" },
  { name: "projects-new", path: "/projects?create=true", heading: "New project" },
  { name: "account", path: "/account", heading: "Account settings" },
  { name: "overview", path: `${PROJECT}/overview`, heading: "Library" },
  { name: "schema", path: `${PROJECT}/schema/books`, heading: "Books" },
  { name: "schema-field", path: `${PROJECT}/schema/books?field=author`, heading: "Edit author" },
  { name: "schema-rules", path: `${PROJECT}/schema/books?field=title`, heading: "Edit title" },
  {
    name: "schema-index",
    path: `${PROJECT}/schema/books?index=index-0`,
    heading: "Edit the index",
  },
  { name: "schema-rule", path: `${PROJECT}/schema/books?rule=0`, heading: "Edit the rule" },
  {
    name: "schema-settings",
    path: `${PROJECT}/schema/books?settings=true`,
    heading: "Settings of books",
  },
  {
    name: "schema-stale",
    path: "/projects/stale/schema/notes?review=true",
    heading: "The schema has changed",
  },
  {
    name: "schema-fill",
    path: "/projects/lacking/schema/notes?review=true",
    heading: "What will happen",
    open: (page) => page.getByRole("button", { name: "Plan again" }).waitFor(),
  },
  {
    name: "schema-collection",
    path: `${PROJECT}/schema/books?create=true`,
    heading: "New collection",
  },
  { name: "schema-plan", path: "/projects/drafted/schema/notes?review=true", heading: "What will" },
  {
    name: "relations",
    path: `${PROJECT}/relations`,
    heading: "Relations",
    open: (page) => page.locator(".react-flow__edge").first().waitFor(),
  },
  {
    name: "relations-new",
    path: `${PROJECT}/relations?relate=books,users`,
    heading: "New relation",
  },
  { name: "history", path: `${PROJECT}/history`, heading: "Schema history" },
  {
    name: "history-rollback",
    path: `${PROJECT}/history?version=1&rollback=true`,
    heading: "Roll back to version 1",
  },
  {
    name: "history-names",
    path: `${PROJECT}/history?tab=names`,
    heading: "Schema history",
    open: (page) => page.getByText("summary").first().waitFor(),
  },
  { name: "history-drift", path: `${PROJECT}/history?tab=drift`, heading: "Schema history" },
  { name: "history-jobs", path: `${PROJECT}/history?tab=jobs`, heading: "Schema history" },
  { name: "data", path: `${PROJECT}/data/books`, heading: "Books" },
  {
    name: "data-filter",
    path: `${PROJECT}/data/books?filter=${encodeURIComponent('{"price__gte":9,"author__name__icontains":"le"}')}&sort=-price`,
    heading: "Books",
    open: async (page) => {
      await page.getByRole("button", { name: "Filter" }).click();
      await page.getByRole("button", { name: "Apply" }).waitFor();
    },
  },
  {
    name: "data-record",
    path: `${PROJECT}/data/books?sort=title`,
    heading: "Books",
    open: async (page) => {
      await page.getByRole("button", { name: "Open row 1", exact: true }).click();
      await page.getByRole("button", { name: "Save", exact: true }).waitFor();
    },
  },
  {
    name: "data-code",
    path: `${PROJECT}/data/books?sort=-price`,
    heading: "Books",
    open: async (page) => {
      await page.getByRole("button", { name: "Code" }).click();
      await page.getByRole("tab", { name: "Python" }).click();
    },
  },
  {
    name: "data-edit",
    path: `${PROJECT}/data/books?sort=title`,
    heading: "Books",
    open: async (page) => {
      const cell = page.getByRole("gridcell", { name: /Invisible Cities$/ });
      await cell.click({ position: { x: 20, y: 10 } });
      await page.keyboard.press("F2");
      await page.getByRole("textbox", { name: "title, string" }).waitFor();
    },
  },
  {
    name: "data-selected",
    path: `${PROJECT}/data/books?sort=title`,
    heading: "Books",
    open: async (page) => {
      await page.getByRole("checkbox", { name: "Select all rows" }).click();
      await page.getByRole("button", { name: "Select all that match" }).click();
      await page.getByText("120 selected").waitFor();
    },
  },
  { name: "data-import", path: `${PROJECT}/data/books?import=true`, heading: "Import into Books" },
  { name: "data-empty", path: `${PROJECT}/data/users`, heading: "Users" },
  ...EVENTS_SCREENS,
  { name: "api-docs", path: `${PROJECT}/api-docs/books`, heading: "API docs" },
  { name: "settings", path: `${PROJECT}/settings`, heading: "Settings" },
  {
    name: "settings-team",
    path: `${PROJECT}/settings?tab=team`,
    heading: "Settings",
    open: (page) => page.getByText("grace@example.com").waitFor(),
  },
  {
    name: "settings-api",
    path: `${PROJECT}/settings?tab=api`,
    heading: "Settings",
    open: (page) => page.getByLabel("Allowed origins").waitFor(),
  },
  { name: "settings-retention", path: `${PROJECT}/settings?tab=retention`, heading: "Settings" },
  { name: "settings-danger", path: `${PROJECT}/settings?tab=danger`, heading: "Settings" },
  {
    name: "not-found",
    path: `${PROJECT}/nowhere`,
    heading: "There is nothing here",
  },
];

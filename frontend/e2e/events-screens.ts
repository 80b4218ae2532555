/** The screens of what happens: webhooks, workflows, logs. */
import type { Shown } from "./screens";

const PROJECT = "/projects/library";

export const EVENTS_SCREENS: Shown[] = [
  { name: "webhooks", path: `${PROJECT}/webhooks`, heading: "Webhooks" },
  {
    name: "webhooks-new",
    path: `${PROJECT}/webhooks?create=true`,
    heading: "New webhook",
    open: (page) => page.getByRole("checkbox", { name: "Books" }).click(),
  },
  {
    name: "webhook",
    path: `${PROJECT}/webhooks`,
    heading: "Webhooks",
    open: async (page) => {
      await page.getByRole("link", { name: "refuse" }).click();
      await page.getByText("record.created").first().waitFor();
    },
  },
  {
    name: "webhook-delivery",
    path: `${PROJECT}/webhooks`,
    heading: "Webhooks",
    open: async (page) => {
      await page.getByRole("link", { name: "hooks/books" }).click();
      await page.getByText("webhook.test").first().click();
      await page.getByRole("region", { name: "Request body" }).waitFor();
    },
  },
  { name: "workflows", path: `${PROJECT}/workflows`, heading: "Workflows" },
  {
    name: "workflow-new",
    path: `${PROJECT}/workflows/new?template=report&step=1`,
    heading: "Nightly report",
    open: (page) => page.getByRole("heading", { name: "Step any" }).waitFor(),
  },
  {
    name: "workflow-editor",
    path: `${PROJECT}/workflows`,
    heading: "Workflows",
    open: async (page) => {
      await page.getByRole("link", { name: "follow the status" }).click();
      await page.getByRole("group", { name: "announce, http.request" }).click();
      await page.getByRole("heading", { name: "Step announce" }).waitFor();
    },
  },
  {
    name: "workflow-json",
    path: `${PROJECT}/workflows`,
    heading: "Workflows",
    open: async (page) => {
      await page.getByRole("link", { name: "follow the status" }).click();
      await page.getByRole("tab", { name: "JSON" }).click();
      await page.getByRole("textbox", { name: "The definition" }).waitFor();
    },
  },
  {
    name: "workflow-run",
    path: `${PROJECT}/workflows`,
    heading: "Workflows",
    open: async (page) => {
      await page.getByRole("link", { name: "greet" }).click();
      await page.getByRole("tab", { name: "Runs" }).click();
      await page.getByRole("link", { name: "Failed" }).click();
      await page.getByRole("group", { name: "tell, http.request, Failed" }).waitFor();
    },
  },
  {
    name: "workflow-run-step",
    path: `${PROJECT}/workflows`,
    heading: "Workflows",
    open: async (page) => {
      await page.getByRole("link", { name: "follow the status" }).click();
      await page.getByRole("tab", { name: "Runs" }).click();
      await page.getByRole("link", { name: "Succeeded" }).first().click();
      await page.getByRole("group", { name: /^note, log, Succeeded, \d+ times/ }).click();
      await page.getByRole("heading", { name: "Step note" }).waitFor();
    },
  },
  {
    name: "workflow-versions",
    path: `${PROJECT}/workflows`,
    heading: "Workflows",
    open: async (page) => {
      await page.getByRole("link", { name: "greet" }).click();
      await page.getByRole("tab", { name: "Versions" }).click();
      await page.getByText("in force").waitFor();
    },
  },
  {
    name: "realtime",
    path: `${PROJECT}/realtime?collection=authors&channel=room%3A42`,
    heading: "Realtime",
    open: async (page) => {
      await page.getByText("Connected", { exact: true }).waitFor();
      await page.getByRole("button", { name: "Broadcast" }).click();
      await page.getByText("message", { exact: true }).first().click();
    },
  },
  { name: "secrets", path: `${PROJECT}/secrets`, heading: "Secrets" },
  { name: "secrets-new", path: `${PROJECT}/secrets?write=`, heading: "New secret" },
  {
    name: "audit",
    path: `${PROJECT}/audit?collection=authors`,
    heading: "Audit log",
    open: async (page) => {
      await page.getByRole("button", { name: "updated authors" }).first().click();
      await page.getByText("All of this request").waitFor();
    },
  },
  {
    name: "audit-undo",
    path: `${PROJECT}/audit?collection=authors`,
    heading: "Audit log",
    open: async (page) => {
      await page.getByRole("button", { name: "updated authors" }).last().click();
      await page.getByRole("button", { name: "Undo the request" }).click();
      await page.getByText("would be as before").waitFor();
    },
  },
  { name: "audit-admins", path: `${PROJECT}/audit?source=control`, heading: "Audit log" },
  { name: "metrics", path: `${PROJECT}/metrics?hours=1`, heading: "Metrics" },
];

/** The screens of who may do what. */
import type { Shown } from "./screens";

const NEWSROOM = "/projects/newsroom";
const POLICIES = `${NEWSROOM}/policies`;

export const ACCESS_SCREENS: Shown[] = [
  { name: "policies", path: POLICIES, heading: "Policies" },
  {
    name: "policies-all",
    path: `${POLICIES}?show=keys%2Cmembers`,
    heading: "Policies",
  },
  {
    name: "policies-cell",
    path: `${POLICIES}?principal=anonymous&collection=articles&action=list`,
    heading: "What is behind it",
  },
  { name: "policies-list", path: `${POLICIES}/list`, heading: "Policies" },
  {
    name: "policies-edit",
    path: `${POLICIES}/list`,
    heading: "Policies",
    open: async (page) => {
      await page.getByRole("button", { name: /users write articles of their own/ }).click();
      await page.getByRole("heading", { name: "Edit policy" }).waitFor();
    },
  },
  {
    name: "policies-json",
    path: `${POLICIES}/list?policy=new&collection=articles`,
    heading: "New policy",
    open: async (page) => {
      await page.getByRole("radio", { name: "JSON" }).first().click();
      await page.locator(".cm-content").first().waitFor();
    },
  },
  {
    name: "policies-template",
    path: `${POLICIES}?template=owner_only&collection=articles`,
    heading: "Start from a template",
  },
  {
    name: "policies-explain",
    path: `${POLICIES}/explain?principal=role%3Aeditor&collection=articles&action=delete`,
    heading: "Policies",
    open: async (page) => {
      await page.getByRole("button", { name: "Record" }).click();
      await page.getByRole("option", { name: "Letter number 2", exact: true }).click();
      await page.getByText("denied by 'published articles stay'").waitFor();
    },
  },
  { name: "policies-explain-none", path: `${POLICIES}/explain`, heading: "Policies" },
  { name: "policies-tests", path: `${POLICIES}/tests`, heading: "Policies" },
  { name: "policies-test", path: `${POLICIES}/tests?test=new`, heading: "New test" },
  { name: "policies-findings", path: `${POLICIES}/findings`, heading: "Policies" },
  { name: "policies-empty", path: "/projects/quiet/policies/tests", heading: "Policies" },
  { name: "api-keys", path: `${NEWSROOM}/api-keys`, heading: "API keys" },
  { name: "api-keys-new", path: `${NEWSROOM}/api-keys?key=new`, heading: "New key" },
  {
    name: "api-keys-edit",
    path: `${NEWSROOM}/api-keys`,
    heading: "API keys",
    open: async (page) => {
      await page.getByRole("button", { name: /Website/ }).click();
      await page.getByRole("button", { name: "New secret" }).click();
      await page.getByText("stays good for a while").waitFor();
    },
  },
  { name: "api-keys-none", path: "/projects/quiet/api-keys", heading: "API keys" },
  { name: "users", path: `${NEWSROOM}/users`, heading: "Users" },
  { name: "users-new", path: `${NEWSROOM}/users?user=new`, heading: "New user" },
  {
    name: "users-edit",
    path: `${NEWSROOM}/users?search=grace`,
    heading: "Users",
    open: async (page) => {
      await page.getByRole("row", { name: /grace\.hopper/ }).click();
      await page.getByRole("button", { name: "Suspend" }).waitFor();
    },
  },
  { name: "users-none", path: "/projects/quiet/users", heading: "Users" },
  { name: "roles", path: `${NEWSROOM}/roles`, heading: "Roles" },
  { name: "roles-edit", path: `${NEWSROOM}/roles?role=editor`, heading: "Edit editor" },
  { name: "roles-none", path: "/projects/quiet/roles", heading: "Roles" },
  { name: "organisations", path: `${NEWSROOM}/organisations`, heading: "Organisations" },
  { name: "organisations-new", path: `${NEWSROOM}/organisations?org=new`, heading: "New organ" },
  {
    name: "organisation",
    path: `${NEWSROOM}/organisations`,
    heading: "Organisations",
    open: async (page) => {
      await page.getByRole("button", { name: /^Bell Labs/ }).click();
      await page.getByRole("list", { name: "Members" }).getByText("Grace Hopper").waitFor();
    },
  },
  {
    name: "organisation-details",
    path: `${NEWSROOM}/organisations`,
    heading: "Organisations",
    open: async (page) => {
      await page.getByRole("button", { name: /^Bell Labs/ }).click();
      await page.getByRole("tab", { name: "Details" }).click();
    },
  },
  {
    name: "organisations-off",
    path: "/projects/quiet/organisations",
    heading: "Organisations are not turned on",
  },
  {
    name: "mailbox",
    path: `${NEWSROOM}/mailbox`,
    heading: "Mailbox",
    open: async (page) => {
      await page.getByRole("button", { name: /You are invited/ }).click();
      await page.frameLocator("iframe").getByText("You are invited").waitFor();
    },
  },
  { name: "mailbox-none", path: "/projects/quiet/mailbox", heading: "Mailbox" },
  { name: "authentication", path: `${NEWSROOM}/authentication`, heading: "Authentication" },
  {
    name: "authentication-providers",
    path: `${NEWSROOM}/authentication/providers`,
    heading: "Authentication",
  },
  {
    name: "authentication-provider",
    path: `${NEWSROOM}/authentication/providers?provider=new`,
    heading: "Add a provider",
  },
  {
    name: "authentication-mails",
    path: `${NEWSROOM}/authentication/mails?kind=reset_password&locale=de`,
    heading: "Authentication",
  },
];

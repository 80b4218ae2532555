/** Of whom policies and explanations speak: words, and the API's `as`. */
import type { Subject } from "@/features/policies/api";
import { strings } from "@/features/policies/strings";

export type People = { roles: string[]; keys: { id: string; name: string }[] };

const MEMBERS = ["viewer", "editor", "admin", "owner"];
const NOBODY: People = { roles: [], keys: [] };

/** What a principal is called: `role:editor`, `api_key:<id>`, `member:viewer`, `anonymous`. */
export function principalLabel(principal: string, people: People = NOBODY): string {
  const [kind = "", name] = splitOnce(principal);
  if (name === undefined) return strings.who_[principal] ?? principal;
  if (kind === "role") return strings.role(name);
  if (kind === "member") return strings.member(name);
  const known = people.keys.find(({ id }) => id === name)?.name;
  return strings.key(known ?? `…${name.slice(-4)}`);
}

/** Who can be asked about; a certain user besides. */
export function askable(people: People): string[] {
  return [
    "anonymous",
    "app_user",
    "app_user (unverified)",
    ...people.roles.map((name) => `role:${name}`),
    ...people.keys.map(({ id }) => `api_key:${id}`),
    ...MEMBERS.map((name) => `member:${name}`),
  ];
}

export function isUser(principal: string | undefined): boolean {
  return principal?.startsWith("user:") ?? false;
}

/** The `as` of an explanation or a test. */
export function subjectOf(principal: string): Subject {
  const [kind, name] = splitOnce(principal);
  if (kind === "user") return { user_id: name };
  if (kind === "role") return { role: name };
  if (kind === "member") return { member: name };
  if (kind === "api_key") return { api_key_id: name };
  if (kind === "anonymous") return { anonymous: true };
  return { user: { email_verified: kind === "app_user" } };
}

/** Back from `as`; null where it is a described user that no name stands for. */
export function principalOf(subject: Subject): string | null {
  const [entry] = Object.entries(subject).filter(([, value]) => value !== null);
  if (!entry) return null;
  const [kind, value] = entry;
  if (kind === "anonymous") return "anonymous";
  if (kind === "user") return describedUser(value);
  const prefix = { user_id: "user", role: "role", member: "member", api_key_id: "api_key" }[kind];
  return prefix ? `${prefix}:${String(value)}` : null;
}

/** What a policy would name to reach them: of one user, whoever is signed in. */
export function reachedBy(principal: string): string {
  if (principal.startsWith("role:") || principal === "anonymous") return principal;
  if (principal.startsWith("api_key")) return "api_key";
  return principal.startsWith("member") ? "admin_user" : "app_user";
}

function describedUser(value: unknown): string | null {
  const members = Object.entries(value as Record<string, unknown>);
  if (members.length === 0) return "app_user";
  const [name, given] = members[0] ?? [];
  if (members.length > 1 || name !== "email_verified") return null;
  return given === true ? "app_user" : "app_user (unverified)";
}

function splitOnce(text: string): [string, string | undefined] {
  const at = text.indexOf(":");
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

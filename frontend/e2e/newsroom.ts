/** A project with people in it: users, roles, policies, keys, mails. */
import type { Api } from "./world";

const BASE = "/projects/newsroom";
const NAMES = ["Grace Hopper", "Alan Kay", "Barbara Liskov", "Edsger Dijkstra", "Radia Perlman"];

export async function fillNewsroom(api: Api): Promise<void> {
  await api("POST", "/projects", { name: "Newsroom", slug: "newsroom" });
  await addCollections(api);
  await api("POST", `${BASE}/roles`, {
    name: "editor",
    description: "Publishes what others wrote",
  });
  await api("POST", `${BASE}/roles`, { name: "moderator", description: "Looks after comments" });
  const users = await addUsers(api);
  await addArticles(api, users);
  await addPolicies(api);
  await addTests(api);
  await addKeys(api);
  await addProviders(api);
  await addOrganisations(api, users);
}

async function addCollections(api: Api): Promise<void> {
  await api("POST", `${BASE}/collections`, {
    name: "articles",
    label: "Articles",
    fields: [
      { name: "title", type: "string", required: true },
      { name: "body", type: "text" },
      { name: "status", type: "enum", values: ["draft", "published"], default: "draft" },
      { name: "internal_note", type: "text" },
      { name: "author", type: "relation", to: "users", on_delete: "set_null" },
    ],
  });
  await api("POST", `${BASE}/collections`, {
    name: "comments",
    label: "Comments",
    fields: [
      { name: "text", type: "text", required: true },
      { name: "article", type: "relation", to: "articles", on_delete: "cascade" },
      { name: "author", type: "relation", to: "users", on_delete: "set_null" },
    ],
  });
}

async function addUsers(api: Api): Promise<string[]> {
  const ids: string[] = [];
  for (const name of NAMES) {
    const [first = "", last = ""] = name.toLowerCase().split(" ");
    const { id } = (await api("POST", `${BASE}/users`, {
      email: `${first}.${last}@example.com`,
      name,
      password: "correct horse battery",
      email_verified: ids.length % 2 === 0,
      roles: ids.length === 0 ? ["editor"] : [],
    })) as { id: string };
    ids.push(id);
  }
  await api("PATCH", `${BASE}/users/${ids[3]}`, { status: "suspended" });
  await api("POST", `${BASE}/users`, { email: "new@example.com", name: "New Here", invite: true });
  return ids;
}

async function addArticles(api: Api, users: string[]): Promise<void> {
  await api(
    "POST",
    `${BASE}/data/articles`,
    Array.from({ length: 12 }, (_, index) => ({
      title: `Letter number ${index + 1}`,
      status: index % 3 ? "published" : "draft",
      internal_note: "check the numbers",
      author: users[index % users.length],
    })),
  );
}

async function addPolicies(api: Api): Promise<void> {
  const policies = [
    {
      name: "everyone reads what is published",
      collection: "articles",
      actions: ["list", "read"],
      principals: ["anonymous", "app_user"],
      where: { status: "published" },
      fields: ["title", "body", "status"],
    },
    {
      name: "authors see and change their drafts",
      collection: "articles",
      actions: ["list", "read", "update"],
      principals: ["app_user"],
      where: { author: "$user.id", status: "draft" },
    },
    {
      name: "users write articles of their own",
      collection: "articles",
      actions: ["create"],
      principals: ["app_user"],
      check: { author: "$user.id" },
      presets: { author: "$user.id" },
      require_verified_email: true,
    },
    {
      name: "editors do everything",
      collection: "articles",
      actions: ["*"],
      principals: ["role:editor"],
    },
    {
      name: "published articles stay",
      collection: "articles",
      actions: ["delete"],
      principals: ["role:editor"],
      effect: "deny",
      where: { status: "published" },
    },
    {
      name: "everyone reads comments",
      collection: "comments",
      actions: ["list", "read"],
      principals: ["anonymous", "app_user"],
      where: { article__status: "published" },
    },
    {
      name: "anyone comments",
      collection: "comments",
      actions: ["create"],
      principals: ["anonymous", "app_user"],
      fields: ["text", "article"],
    },
  ];
  for (const policy of policies) await api("POST", `${BASE}/policies`, policy);
}

async function addTests(api: Api): Promise<void> {
  await api("POST", `${BASE}/policies/tests`, {
    name: "visitors see only what is published",
    as: { anonymous: true },
    given: [
      { collection: "articles", data: { title: "d" } },
      { ref: "p", collection: "articles", data: { title: "p", status: "published" } },
    ],
    do: { action: "list", collection: "articles", where: { title__in: ["d", "p"] } },
    expect: { allowed: true, count: 1 },
  });
  await api("POST", `${BASE}/policies/tests`, {
    name: "a published article is not deleted",
    as: { role: "editor" },
    given: [{ ref: "p", collection: "articles", data: { title: "p", status: "published" } }],
    do: { action: "delete", collection: "articles", record_id: { $ref: "p.id" } },
    expect: { allowed: false, error: "record_not_found" },
  });
}

async function addKeys(api: Api): Promise<void> {
  await api("POST", `${BASE}/api-keys`, {
    name: "Website",
    scopes: ["articles:list", "articles:read"],
  });
  await api("POST", `${BASE}/api-keys`, {
    name: "Nightly import",
    scopes: ["*:*"],
    networks: ["203.0.113.0/24"],
    expires_at: "2099-01-01T00:00:00Z",
  });
}

async function addOrganisations(api: Api, users: string[]): Promise<void> {
  await api("POST", `${BASE}/organisations`);
  const names = ["Bell Labs", "Bletchley Park", "Mathematisch Centrum", "MIT", "Xerox PARC"];
  for (const name of names) {
    const slug = name.toLowerCase().replaceAll(" ", "-");
    const { id } = (await api("POST", `${BASE}/data/orgs`, { name, slug })) as { id: string };
    for (const [at, user] of users.entries()) {
      const role = ["owner", "admin", "member"][Math.min(at, 2)];
      await api("PUT", `${BASE}/organisations/orgs/${id}/members/${user}`, { role });
      if (name !== "Bell Labs") break;
    }
  }
}

async function addProviders(api: Api): Promise<void> {
  const google = {
    type: "google",
    client_id: "newsroom.apps.example.com",
    client_secret: "secret",
  };
  const intranet = {
    type: "oidc",
    issuer: "https://id.example.com",
    client_id: "newsroom",
    enabled: false,
  };
  await api("PATCH", `${BASE}/settings`, { auth: { providers: { google, intranet } } });
}

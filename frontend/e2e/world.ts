/** What the screens show: made through the API, as anybody could. */
export const CREDENTIALS = { email: "ada@example.com", password: "a long passphrase", name: "Ada" };

export type Api = (method: string, path: string, body?: unknown) => Promise<unknown>;

export async function apiOf(url: string): Promise<Api> {
  const { email, password } = CREDENTIALS;
  const { access_token } = (await send(url, "POST", "/auth/login", { email, password })) as {
    access_token: string;
  };
  return (method, path, body) => send(url, method, path, body, access_token);
}

async function send(
  url: string,
  method: string,
  path: string,
  body?: unknown,
  token?: string,
): Promise<unknown> {
  const answer = await fetch(`${url}/api${path}`, {
    method,
    headers: {
      "Content-Type": "application/json",
      ...(token && { Authorization: `Bearer ${token}` }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
  return text ? JSON.parse(text) : null;
}

const AUTHORS = ["Ursula K. Le Guin", "Octavia Butler", "Stanisław Lem", "Italo Calvino"];
const TITLES = [
  "The Dispossessed",
  "Kindred",
  "Solaris",
  "Invisible Cities",
  "The Lathe of Heaven",
];

/** Two collections, some records, a policy: a small library. */
export async function fillLibrary(api: Api, project: string): Promise<void> {
  const base = `/projects/${project}`;
  await api("POST", `${base}/collections`, {
    name: "authors",
    label: "Authors",
    fields: [
      { name: "name", type: "string", required: true, searchable: true },
      { name: "born", type: "date" },
    ],
  });
  await api("POST", `${base}/collections`, {
    name: "books",
    label: "Books",
    fields: [
      {
        name: "title",
        type: "string",
        required: true,
        max_length: 200,
        validations: [{ rule: "regex", value: "\\S", message: "A title has a word." }],
      },
      { name: "price", type: "decimal", precision: 8, scale: 2, min: 0 },
      { name: "status", type: "enum", values: ["draft", "published"], default: "draft" },
      { name: "published", type: "date" },
      { name: "in_print", type: "boolean", default: true },
      { name: "meta", type: "json" },
      { name: "author", type: "relation", to: "authors", on_delete: "cascade" },
    ],
    indexes: [{ fields: ["status", "-published"] }],
    validations: [
      {
        rule: "condition",
        where: { or: [{ published__isnull: true }, { published__lte: "$today" }] },
        message: "It is not published before its day.",
      },
    ],
  });
  const { data: authors } = (await api(
    "POST",
    `${base}/data/authors`,
    AUTHORS.map((name, index) => ({ name, born: `19${20 + index}-01-21` })),
  )) as { data: { id: string }[] };
  await api(
    "POST",
    `${base}/data/books`,
    Array.from({ length: 120 }, (_, index) => ({
      title: index < TITLES.length ? TITLES[index] : `${TITLES[index % 5]}, volume ${index}`,
      price: 5 + (index % 17) + 0.5,
      status: index % 3 ? "published" : "draft",
      published: `19${60 + (index % 40)}-05-01`,
      meta: { pages: 180 + index, tags: ["novel"] },
      author: authors[index % authors.length]?.id,
    })),
  );
  await api("POST", `${base}/collections/authors/fields`, { name: "summary", type: "text" });
  await api("PATCH", `${base}/collections/authors/fields/summary`, { name: "about" });
  await api("POST", `${base}/members`, { email: "grace@example.com", role: "editor" });
  await api("PATCH", `${base}/settings`, { cors_origins: ["https://library.example.com"] });
  await api("POST", `${base}/policies`, {
    name: "everyone reads books",
    collection: "books",
    actions: ["list", "read"],
    principals: ["anonymous", "app_user"],
  });
}

/** A project with a draft that loses data, so that its plan has something to say. */
export async function fillDrafted(api: Api): Promise<void> {
  const base = "/projects/drafted";
  await api("POST", "/projects", { name: "Drafted", slug: "drafted" });
  await api("POST", `${base}/collections`, {
    name: "notes",
    fields: [
      { name: "title", type: "string", required: true },
      { name: "stars", type: "string" },
      { name: "old", type: "text" },
    ],
  });
  await api("POST", `${base}/data/notes`, [
    { title: "One", stars: "5", old: "kept" },
    { title: "Two", stars: "many" },
  ]);
  const { hash, schema } = (await api("GET", `${base}/schema`)) as {
    hash: string;
    schema: { collections: { name: string; fields: { name: string; type: string }[] }[] };
  };
  const notes = schema.collections.find((each) => each.name === "notes");
  if (!notes) throw new Error("The collection was not made.");
  notes.fields = notes.fields
    .filter((field) => field.name !== "old")
    .map((field) => (field.name === "stars" ? { ...field, type: "int" } : field))
    .concat([{ name: "due", type: "date" }]);
  await api("PUT", `${base}/schema/draft`, { base: hash, schema });
}

/** Drafts that cannot be applied as they are: somebody was faster, and rows lack a value. */
export async function fillStopped(api: Api): Promise<void> {
  for (const slug of ["stale", "lacking"]) {
    const base = `/projects/${slug}`;
    await api("POST", "/projects", { name: slug, slug });
    await api("POST", `${base}/collections`, {
      name: "notes",
      fields: [{ name: "title", type: "string" }],
    });
    await api("POST", `${base}/data/notes`, { title: "One" });
    const { hash, schema } = (await api("GET", `${base}/schema`)) as {
      hash: string;
      schema: { collections: { name: string; fields: object[] }[] };
    };
    const notes = schema.collections.find((each) => each.name === "notes");
    notes?.fields.push({ name: "pages", type: "int", required: true });
    await api("PUT", `${base}/schema/draft`, { base: hash, schema });
  }
  const fields = "/projects/stale/collections/notes/fields";
  await api("POST", fields, { name: "pages", type: "decimal" });
  await api("PATCH", `${fields}/title`, { label: "Title" });
}

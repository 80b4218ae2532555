/** What the screens of events show: endpoints with deliveries, workflows with runs. */
import type { Api } from "./world";

type Made = { id: string };

export async function fillEvents(api: Api, project: string, receiver: string): Promise<void> {
  const base = `/projects/${project}`;
  await api("POST", `${base}/webhooks`, {
    url: `${receiver}/refuse`,
    events: ["record.created"],
    description: "The old shop system",
  });
  const taken = (await api("POST", `${base}/webhooks`, {
    url: `${receiver}/hooks/books`,
    events: ["record.updated", "record.deleted"],
    collections: ["books"],
    where: { status: "published" },
  })) as Made;
  await api("POST", `${base}/webhooks/${taken.id}/test`);
  const borges = (await api("POST", `${base}/data/authors`, { name: "J. L. Borges" })) as Made;
  await api("PATCH", `${base}/data/authors/${borges.id}`, {
    name: "Jorge Luis Borges",
    born: "1899-08-24",
  });
  await api("PUT", `${base}/secrets/payments`, { value: "sk_1", hosts: ["api.example.com"] });
  await fillWorkflows(api, base, receiver);
  await changeBook(api, base);
}

/** A record that sets off the webhook and the workflow of books. */
async function changeBook(api: Api, base: string): Promise<void> {
  const { data } = (await api("GET", `${base}/data/books?status=draft&limit=1`)) as {
    data: Made[];
  };
  await api("PATCH", `${base}/data/books/${data[0]?.id}`, { status: "published" });
}

async function fillWorkflows(api: Api, base: string, receiver: string): Promise<void> {
  await api("POST", `${base}/workflows`, {
    name: "follow the status",
    description: "What happens to a book when its status changes.",
    trigger: { type: "record.updated", collection: "books", where: { status: "published" } },
    steps: [
      {
        id: "which",
        action: "switch",
        with: { value: "{{record.status}}" },
        cases: { published: "announce", draft: "withdraw" },
        else: "end",
      },
      {
        id: "announce",
        action: "http.request",
        with: { method: "POST", url: `${receiver}/announce`, json: { title: "{{record.title}}" } },
        retry: { max_attempts: 5 },
        then: "readers",
      },
      { id: "withdraw", action: "log", with: { message: "withdrawn: {{record.title}}" } },
      { id: "readers", action: "data.list", with: { collection: "authors", limit: 10 } },
      {
        id: "each",
        action: "for_each",
        with: { items: "{{steps.readers.data}}" },
        steps: [
          { id: "born", action: "condition", with: { where: { "item.born__isnull": false } } },
          { id: "note", action: "log", with: { message: "{{index}}: {{item.name}}" } },
        ],
      },
    ],
  });
  const greet = (await api("POST", `${base}/workflows`, {
    name: "greet",
    trigger: { type: "manual" },
    steps: [
      { id: "hello", action: "log", with: { message: "Hello, {{input.name}}" } },
      {
        id: "tell",
        action: "http.request",
        with: {
          method: "POST",
          url: `${receiver}{{input.path}}`,
          json: { name: "{{input.name}}" },
        },
        retry: { max_attempts: 1 },
      },
    ],
  })) as Made;
  await api("POST", `${base}/workflows`, {
    name: "nightly",
    enabled: false,
    trigger: { type: "schedule", cron: "30 2 * * MON-FRI", timezone: "Europe/Berlin" },
    steps: [{ id: "log", action: "log", with: { message: "{{today}}" } }],
  });
  const run = `${base}/workflows/${greet.id}/run`;
  await api("POST", run, { input: { name: "Ada", path: "/greet" } });
  await api("POST", run, { input: { name: "Bob", path: "/refuse" } });
}

/** What a new workflow can begin as, for a collection that the project has. */
import type { Definition } from "@/features/workflows/definition";
import { strings } from "@/features/workflows/strings";

export type TemplateName = keyof typeof strings.templates;

const RIGHTS = { description: null, run_as: "project", max_concurrent: 10 };

const TEMPLATES: Record<TemplateName, (collection: string) => Omit<Definition, "name">> = {
  blank: () => ({
    ...RIGHTS,
    trigger: { type: "manual" },
    steps: [{ id: "log", action: "log", with: { message: "Hello, {{input.name}}" } }],
  }),
  mail: (collection) => ({
    ...RIGHTS,
    trigger: { type: "record.created", collection },
    steps: [
      {
        id: "tell",
        action: "email.send",
        with: {
          to: "team@example.com",
          subject: `New in ${collection}`,
          text: "{{record | json}}",
        },
      },
    ],
  }),
  call: (collection) => ({
    ...RIGHTS,
    trigger: { type: "record.*", collection },
    steps: [
      {
        id: "call",
        action: "http.request",
        with: {
          method: "POST",
          url: "https://api.example.com/events",
          headers: { Authorization: "Bearer {{secrets.api}}" },
          json: { event: "{{trigger.type}}", record: "{{record}}" },
        },
        retry: { max_attempts: 5 },
      },
    ],
  }),
  report: (collection) => ({
    ...RIGHTS,
    trigger: { type: "schedule", cron: "30 5 * * *", timezone: "Europe/Berlin", missed: "once" },
    steps: [
      { id: "found", action: "data.list", with: { collection, sort: "-created_at", limit: 100 } },
      {
        id: "any",
        action: "condition",
        with: { where: { "steps.found.data.0.id__isnull": false } },
      },
      {
        id: "send",
        action: "email.send",
        with: {
          to: "team@example.com",
          subject: `{{steps.found.data | length}} in ${collection} on {{now | date}}`,
          text: "The newest: {{steps.found.data.0 | json}}",
        },
      },
    ],
  }),
  escalate: (collection) => ({
    ...RIGHTS,
    trigger: { type: "record.created", collection },
    steps: [
      { id: "wait", action: "delay", with: { days: 2 } },
      { id: "again", action: "data.get", with: { collection, id: "{{record.id}}" } },
      {
        id: "untouched",
        action: "condition",
        with: { where: { "steps.again.updated_at": "{{record.updated_at}}" } },
      },
      {
        id: "tell",
        action: "email.send",
        with: {
          to: "lead@example.com",
          subject: `Nobody has looked at it: ${collection}`,
          text: "Since {{record.created_at | date}}: {{record.id}}",
        },
      },
    ],
  }),
  receive: () => ({
    ...RIGHTS,
    trigger: { type: "webhook", headers: [] },
    steps: [
      {
        id: "known",
        action: "condition",
        with: { where: { "input.body.type__isnull": false } },
      },
      {
        id: "keep",
        action: "log",
        with: { message: "{{input.body.type}}", data: "{{input.body}}" },
      },
    ],
  }),
  each: (collection) => ({
    ...RIGHTS,
    trigger: { type: "manual" },
    steps: [
      { id: "found", action: "data.list", with: { collection, limit: 1000 } },
      {
        id: "each",
        action: "for_each",
        with: { items: "{{steps.found.data}}" },
        steps: [
          {
            id: "note",
            action: "log",
            with: { message: "{{index}}: {{item.id}}" },
            on_error: "continue",
          },
        ],
      },
    ],
  }),
  undo: (collection) => ({
    ...RIGHTS,
    trigger: { type: "record.created", collection },
    steps: [
      {
        id: "call",
        action: "http.request",
        on_error: "release",
        with: {
          method: "POST",
          url: "https://api.example.com/reserve",
          json: { id: "{{record.id}}" },
        },
      },
      { id: "done", action: "log", then: "end", with: { message: "reserved" } },
      {
        id: "release",
        action: "log",
        with: { level: "warning", message: "{{steps.call.error.message}}" },
      },
    ],
  }),
};

export const TEMPLATE_NAMES = Object.keys(TEMPLATES) as TemplateName[];

/** The definition that a name stands for; the blank one where it stands for none. */
export function templateOf(name: string | undefined, collection: string | undefined): Definition {
  const known = TEMPLATE_NAMES.find((each) => each === name) ?? "blank";
  return {
    name: strings.templates[known].name,
    ...TEMPLATES[known](collection ?? "users"),
  };
}

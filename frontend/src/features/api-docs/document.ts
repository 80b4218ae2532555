/** What of an OpenAPI document is shown: operations by collection, and examples of their bodies. */
export type Schema = {
  $ref?: string;
  type?: string | string[];
  format?: string;
  title?: string;
  description?: string;
  enum?: unknown[];
  items?: Schema;
  oneOf?: Schema[];
  anyOf?: Schema[];
  properties?: Record<string, Schema>;
  required?: string[];
  maxLength?: number;
  minLength?: number;
  minimum?: number;
  maximum?: number;
  default?: unknown;
};

type Content = Record<string, { schema: Schema }>;

export type Operation = {
  operationId: string;
  tags: string[];
  summary: string;
  parameters?: { name: string; in: string; description?: string; schema: Schema }[];
  requestBody?: { content: Content };
  responses: Record<string, { description?: string; content?: Content }>;
};

export type OpenApi = {
  servers: { url: string }[];
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
};

export type Call = { method: string; path: string; operation: Operation };

const METHODS = ["get", "post", "patch", "delete"];
const MOST_EXAMPLES = 4;

export function tagsOf(document: OpenApi): string[] {
  const calls = Object.values(document.paths).flatMap((path) =>
    METHODS.flatMap((method) => path[method]?.tags ?? []),
  );
  return [...new Set(calls)];
}

export function callsOf(document: OpenApi, tag: string): Call[] {
  return Object.entries(document.paths).flatMap(([path, operations]) =>
    METHODS.flatMap((method) => {
      const operation = operations[method];
      return operation?.tags.includes(tag)
        ? [{ method: method.toUpperCase(), path, operation }]
        : [];
    }),
  );
}

export function resolve(document: OpenApi, schema: Schema | undefined): Schema | undefined {
  const name = schema?.$ref?.split("/").at(-1);
  return name === undefined ? schema : document.components.schemas[name];
}

export function bodyOf(document: OpenApi, { operation }: Call): Schema | undefined {
  return resolve(document, operation.requestBody?.content["application/json"]?.schema);
}

/** The record that a collection's calls answer. */
export function recordOf(document: OpenApi, tag: string): Schema | undefined {
  const list = callsOf(document, tag).find(({ method }) => method === "GET");
  const answer = resolve(
    document,
    list?.operation.responses["200"]?.content?.["application/json"]?.schema,
  );
  return resolve(document, answer?.properties?.data?.items) ?? answer;
}

/** “string, up to 200”, “uuid or null”, “list of Books”. */
export function describe(schema: Schema): string {
  if (schema.$ref) return schema.$ref.split("/").at(-1) ?? "";
  const choices = schema.oneOf ?? schema.anyOf;
  if (choices) return choices.map(describe).join(" or ");
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  const types = [schema.type ?? "any"].flat();
  if (types.includes("array")) return `list of ${describe(schema.items ?? {})}`;
  const named = types.map((type) => (type === "string" && schema.format ? schema.format : type));
  return [named.join(" or "), ...limitsOf(schema)].join(", ");
}

function limitsOf(schema: Schema): string[] {
  return [
    ...(schema.minLength ? [`at least ${schema.minLength} long`] : []),
    ...(schema.maxLength ? [`at most ${schema.maxLength} long`] : []),
    ...(schema.minimum === undefined ? [] : [`at least ${schema.minimum}`]),
    ...(schema.maximum === undefined ? [] : [`at most ${schema.maximum}`]),
  ];
}

/** What must be sent, or else the first few of what may be. */
export function exampleOf(schema: Schema): Record<string, unknown> {
  const properties = Object.entries(schema.properties ?? {}).filter(([name]) => name !== "id");
  const required = properties.filter(([name]) => schema.required?.includes(name));
  const shown = required.length > 0 ? required : properties.slice(0, MOST_EXAMPLES);
  return Object.fromEntries(shown.map(([name, each]) => [name, valueOf(each)]));
}

const BY_FORMAT: Record<string, unknown> = {
  date: "2026-01-31",
  "date-time": "2026-01-31T12:00:00Z",
  uuid: "0197b2f0-0000-7000-8000-000000000000",
  email: "ada@example.com",
  uri: "https://example.com",
};

const BY_TYPE: Record<string, unknown> = {
  integer: 1,
  number: 1,
  boolean: true,
  array: [],
  object: {},
};

function valueOf(schema: Schema): unknown {
  const first = schema.oneOf?.[0] ?? schema.anyOf?.[0];
  if (first) return valueOf(first);
  if (schema.enum) return schema.enum[0];
  const [type = "string"] = [schema.type ?? "string"].flat();
  if (type in BY_TYPE) return schema.minimum ?? BY_TYPE[type];
  return BY_FORMAT[schema.format ?? ""] ?? "text";
}

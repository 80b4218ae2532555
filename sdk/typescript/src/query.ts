/** A read's options as the words of the query string. */

interface Options {
  filter?: unknown;
  sort?: string | readonly string[];
  fields?: readonly string[];
  expand?: unknown;
  limit?: number;
  offset?: number;
  cursor?: string;
  search?: string;
  count?: string;
  asOf?: string | Date;
}

type Words = Record<string, string | undefined>;

export function words(options: Options): Words {
  const { filter, sort, fields, expand, limit, offset, asOf } = options;
  return {
    filter: filter === undefined ? undefined : JSON.stringify(filter),
    sort: listed(sort),
    fields: listed(fields),
    expand: expand === undefined ? undefined : expanded(expand) || undefined,
    limit: limit?.toString(),
    offset: offset?.toString(),
    cursor: options.cursor,
    search: options.search,
    count: options.count,
    as_of: asOf instanceof Date ? asOf.toISOString() : asOf,
  };
}

/** The same for `POST …/query`, whose filter is JSON itself. */
export function queryBody(options: Options): Record<string, unknown> {
  return { ...words(options), filter: options.filter };
}

function listed(names: string | readonly string[] | undefined): string | undefined {
  const text = typeof names === "string" ? names : names?.join(",");
  return text || undefined;
}

/** `author,comments(limit=5,sort=-created_at).author` */
function expanded(expand: unknown): string {
  if (typeof expand === "string") return expand;
  if (Array.isArray(expand)) return expand.join(",");
  return Object.entries(expand as Record<string, true | Options | undefined>)
    .flatMap(([name, options]) => (options === undefined ? [] : branches(name, options)))
    .join(",");
}

/** A branch for each relation below: `author.org,author.team` is one author with both. */
function branches(name: string, options: true | Options): string[] {
  if (options === true) return [name];
  const { filter, sort, fields, limit } = options;
  const given = [
    limit !== undefined && `limit=${limit}`,
    sort !== undefined && `sort=${listed(sort)}`,
    fields !== undefined && `fields=${listed(fields)}`,
    filter !== undefined && `filter=${bracketless(JSON.stringify(filter))}`,
  ].filter(Boolean);
  const head = given.length > 0 ? `${name}(${given.join(",")})` : name;
  const below = options.expand === undefined ? [] : children(options.expand);
  return below.length > 0 ? below.map((child) => `${head}.${child}`) : [head];
}

function children(expand: unknown): string[] {
  if (typeof expand === "string") return [expand];
  if (Array.isArray(expand)) return expand as string[];
  return Object.entries(expand as Record<string, true | Options | undefined>).flatMap(
    ([name, options]) => (options === undefined ? [] : branches(name, options)),
  );
}

/** Brackets within texts, escaped: those outside are what the API pairs. */
function bracketless(json: string): string {
  return json.replace(/"(?:[^"\\]|\\.)*"/g, (text) =>
    text.replace(/[()[\]{}]/g, (found) => `\\u00${found.charCodeAt(0).toString(16)}`),
  );
}

export type Call = { method: string; url: string; body?: unknown };

const KEY = "BACKENDIFY_KEY";

type Language = { name: string; label: string; write: (call: Call) => string };

function curl({ method, url, body }: Call): string {
  const lines = [`curl ${method === "GET" ? "-g " : `-X ${method} `}${quoted(url)}`];
  lines.push(`  -H "X-API-Key: $${KEY}"`);
  if (body !== undefined) {
    lines.push(
      "  -H 'Content-Type: application/json'",
      `  -d ${quoted(JSON.stringify(body, null, 2))}`,
    );
  }
  return lines.join(" \\\n");
}

function typescript({ method, url, body }: Call): string {
  const headers = [`"X-API-Key": process.env.${KEY}!`];
  if (body !== undefined) headers.push('"Content-Type": "application/json"');
  return [
    `const answer = await fetch(${JSON.stringify(url)}, {`,
    ...(method === "GET" ? [] : [`  method: "${method}",`]),
    `  headers: { ${headers.join(", ")} },`,
    ...(body === undefined
      ? []
      : [`  body: JSON.stringify(${indented(JSON.stringify(body, null, 2))}),`]),
    "});",
    "if (!answer.ok) throw new Error((await answer.json()).detail);",
    "const result = await answer.json();",
  ].join("\n");
}

function python({ method, url, body }: Call): string {
  return [
    "import os",
    "import httpx",
    "",
    `answer = httpx.request("${method}", ${JSON.stringify(url)},`,
    `    headers={"X-API-Key": os.environ["${KEY}"]},`,
    ...(body === undefined ? [] : [`    json=${literal(body)},`]),
    ")",
    "answer.raise_for_status()",
    "result = answer.json()",
  ].join("\n");
}

export const LANGUAGES: readonly Language[] = [
  { name: "curl", label: "curl", write: curl },
  { name: "typescript", label: "TypeScript", write: typescript },
  { name: "python", label: "Python", write: python },
];

/** For a POSIX shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

function indented(text: string): string {
  return text.replaceAll("\n", "\n  ");
}

/** A JSON value as Python writes it. */
function literal(value: unknown): string {
  if (value === null || value === undefined) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (Array.isArray(value)) return `[${value.map(literal).join(", ")}]`;
  if (typeof value === "object") {
    const members = Object.entries(value).map(
      ([key, each]) => `${JSON.stringify(key)}: ${literal(each)}`,
    );
    return `{${members.join(", ")}}`;
  }
  return JSON.stringify(value);
}

import { expect, test } from "vitest";

import {
  bodyOf,
  callsOf,
  describe as told,
  exampleOf,
  type OpenApi,
  recordOf,
  tagsOf,
} from "./document";

const json = (name: string) => ({
  "application/json": { schema: { $ref: `#/components/schemas/${name}` } },
});
const LIST = {
  operationId: "list_books",
  tags: ["books"],
  summary: "List",
  responses: { "200": { content: json("BooksList") } },
};
const CREATE = {
  operationId: "create_books",
  tags: ["books"],
  summary: "Create",
  requestBody: { content: json("BooksCreate") },
  responses: {},
};
const DOCUMENT: OpenApi = {
  servers: [],
  paths: { "/api/books": { get: LIST, post: CREATE } },
  components: {
    schemas: {
      Books: { properties: { title: { type: "string" } } },
      BooksList: {
        properties: { data: { type: "array", items: { $ref: "#/components/schemas/Books" } } },
      },
      BooksCreate: {
        properties: {
          title: { type: "string", maxLength: 9 },
          price: { type: ["number", "null"] },
        },
        required: ["title"],
      },
    },
  },
};

test("calls, records and bodies of a collection are found", () => {
  expect(tagsOf(DOCUMENT)).toEqual(["books"]);
  const [, create] = callsOf(DOCUMENT, "books");
  if (!create) throw new Error("There are two.");
  expect(Object.keys(recordOf(DOCUMENT, "books")?.properties ?? {})).toEqual(["title"]);
  expect(exampleOf(bodyOf(DOCUMENT, create) ?? {})).toEqual({ title: "text" });
});

test("types are told in words", () => {
  expect(told({ type: "string", maxLength: 9 })).toBe("string, at most 9 long");
  expect(told({ type: ["string", "null"], format: "date" })).toBe("date or null");
  expect(told({ type: "array", items: { $ref: "#/components/schemas/Books" } })).toBe(
    "list of Books",
  );
});

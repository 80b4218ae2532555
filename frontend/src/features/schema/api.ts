import { queryOptions } from "@tanstack/react-query";

import type { Plan } from "@/components/plan-viewer/types";
import { rebase } from "@/features/schema/draft/rebase";
import { isEqual } from "@/features/schema/equal";
import { exchange, request } from "@/lib/api";
import { type Collection, schemaQuery, type SchemaState } from "@/lib/collections";
import { asProblem } from "@/lib/problem";
import { queryClient } from "@/lib/query";

export type Document = { collections: Collection[] };
const LOOK_MS = 15_000;
const PAGE = 100;
// How often an edit is made anew to a draft that somebody was faster with.
const TURNS = 4;

export type Version = {
  version: number;
  hash: string;
  applied_at: string;
  actor: string | null;
  summary: string;
};
/** What was applied since a draft was begun, and the schema that it was begun from. */
export type Since = { versions: Version[]; document: Document };
export type Applied = { version: number; status: "applied" | "running" };
export type Draft = {
  base: string;
  schema: Document;
  updated_at: string;
  updated_by: string;
  /** Of what is kept, for those who change it. */
  tag: string | null;
};
type Told = Omit<Draft, "tag">;
function base(project: string): string {
  return `/api/projects/${project}/schema`;
}

/** The draft that all admins of the project share; null where there is none. */
export function draftQuery(project: string) {
  return queryOptions({
    queryKey: ["project", project, "schema-draft"],
    queryFn: async () => {
      const state = await queryClient.fetchQuery({ ...schemaQuery(project), staleTime: 0 });
      return state.has_draft ? whole(await exchange<Told>(`${base(project)}/draft`)) : null;
    },
    staleTime: 0,
    // Others edit and apply, too.
    refetchInterval: LOOK_MS,
  });
}

/** The API keeps a draft as it was sent: what was left out is what has no entries. */
function whole({ body: draft, headers }: { body: Told; headers: Headers }): Draft {
  const collections = (draft.schema.collections as Partial<Collection>[] | undefined) ?? [];
  const complete = collections.map((each) => ({ ...each, fields: each.fields ?? [] }));
  const schema = { ...draft.schema, collections: complete as Collection[] };
  return { ...draft, schema, tag: headers.get("ETag") };
}

/** Change the newest draft, or what is in force where there is none: others edit it, too. */
export function saveDraft(project: string, change: (document: Document) => Document) {
  return overtaking(project, (draft, state) => {
    const schema = change(draft?.schema ?? state.schema);
    return putDraft(project, draft, { base: draft?.base ?? state.hash, schema });
  });
}

/** Write over the newest draft; again, where somebody was faster in between. */
async function overtaking(
  project: string,
  write: (draft: Draft | null, state: SchemaState) => Promise<void>,
  turns = TURNS,
): Promise<void> {
  const draft = await queryClient.fetchQuery(draftQuery(project));
  const state = await queryClient.ensureQueryData(schemaQuery(project));
  try {
    await write(draft, state);
  } catch (error) {
    if (asProblem(error).status !== 412 || turns <= 1) throw error;
    await overtaking(project, write, turns - 1);
  }
}

/** In the place of that draft and no other. */
async function putDraft(
  project: string,
  former: Draft | null,
  wanted: Pick<Draft, "base" | "schema">,
) {
  const kept = await exchange<Told>(`${base(project)}/draft`, {
    method: "PUT",
    headers: former ? matching(former) : { "If-None-Match": "*" },
    body: JSON.stringify(wanted),
  });
  queryClient.setQueryData(draftQuery(project).queryKey, whole(kept));
}

/** That draft and no other. */
export async function discardDraft(project: string, draft: Draft): Promise<void> {
  const asked = { method: "DELETE", headers: matching(draft) };
  await lookingAgain(project, request(`${base(project)}/draft`, asked));
  queryClient.setQueryData(draftQuery(project).queryKey, null);
}

function matching({ tag }: Draft): Record<string, string> {
  return tag === null ? {} : { "If-Match": tag };
}

/** Null where the schema that the draft was begun from is not known any more. */
export function sinceQuery(project: string, state: SchemaState, draft: Draft) {
  return queryOptions({
    queryKey: ["project", project, "schema-since", draft.base, state.hash],
    queryFn: async (): Promise<Since | null> => {
      const versions: Version[] = [];
      for (;;) {
        const asked = `${base(project)}/history?limit=${PAGE}&offset=${versions.length}`;
        const { data, page } = await request<{ data: Version[]; page: { has_more: boolean } }>(
          asked,
        );
        const begun = data.findIndex(({ hash }) => hash === draft.base);
        const version = data[begun];
        versions.push(...data.slice(0, begun < 0 ? undefined : begun));
        if (version) return { versions, document: await documentOf(project, version.version) };
        if (!page.has_more) return null;
      }
    },
    staleTime: Infinity,
  });
}

async function documentOf(project: string, version: number): Promise<Document> {
  const { schema } = await request<{ schema: Document }>(`${base(project)}/history/${version}`);
  return schema;
}

/** Keep the newest draft anew, on the schema in force; without one where nothing of it is left. */
export function rebaseDraft(project: string, since: Since): Promise<void> {
  return overtaking(project, async (draft, state) => {
    if (!draft) return;
    const { document } = rebase(since.document, draft.schema, state.schema);
    if (isEqual(document, state.schema)) await discardDraft(project, draft);
    else await putDraft(project, draft, { base: state.hash, schema: document });
  });
}

export type Fills = Record<string, unknown>;

export function planQuery(project: string, draft: Draft, fill: Fills) {
  return queryOptions({
    queryKey: ["project", project, "schema-plan", draft.updated_at, fill],
    queryFn: () =>
      lookingAgain(
        project,
        request<Plan>(`${base(project)}/plan`, {
          method: "POST",
          body: JSON.stringify({ base: draft.base, schema: draft.schema, fill }),
        }),
      ),
    staleTime: 0,
    gcTime: 0,
  });
}

export async function applyDraft(project: string, plan: Plan, fill: Fills): Promise<Applied> {
  const applied = await lookingAgain(
    project,
    request<Applied>(`${base(project)}/apply`, {
      method: "POST",
      body: JSON.stringify({
        draft: true,
        plan_hash: plan.plan_hash,
        fill,
        ...(plan.needs_confirmation && { confirm: plan.plan_hash }),
      }),
    }),
  );
  queryClient.setQueryData(draftQuery(project).queryKey, null);
  await queryClient.invalidateQueries(schemaQuery(project));
  await queryClient.invalidateQueries({ queryKey: ["project", project] });
  return applied;
}

/** A conflict says that what is shown is not what is: see to both before telling it. */
async function lookingAgain<Answer>(project: string, asked: Promise<Answer>): Promise<Answer> {
  try {
    return await asked;
  } catch (error) {
    if ([409, 412].includes(asProblem(error).status))
      await queryClient.refetchQueries(draftQuery(project));
    throw error;
  }
}

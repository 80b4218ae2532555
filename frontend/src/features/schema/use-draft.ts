import { useSuspenseQuery } from "@tanstack/react-query";
import { toast } from "sonner";

import { type Document, type Draft, draftQuery, saveDraft } from "@/features/schema/api";
import { schemaQuery, type SchemaState } from "@/lib/collections";
import { asProblem } from "@/lib/problem";
import { useIsAdmin } from "@/routing/use-project";

export type Change = (document: Document) => Document;

export type Working = {
  project: string;
  state: SchemaState;
  draft: Draft | null;
  /** What is shown and edited: the draft, or else what is in force. */
  document: Document;
  /** Whether the member may change the schema: others look. */
  mayEdit: boolean;
  /** The draft was begun from a schema that is no longer in force. */
  isStale: boolean;
  /**
   * Keep an edit, made to the newest draft. Raises a Problem where it is no schema, its pointers
   * seen from the part of the document that `at` points at.
   */
  edit: (change: Change, at?: (document: Document) => string) => Promise<void>;
  /** The same where no form can show what was refused. */
  editOrTell: (change: Change) => void;
};

export function useDraft(project: string): Working {
  const { data: state } = useSuspenseQuery(schemaQuery(project));
  const { data: draft } = useSuspenseQuery(draftQuery(project));
  const mayEdit = useIsAdmin();
  const document = draft?.schema ?? state.schema;

  async function edit(change: Change, at: (document: Document) => string = () => "") {
    let pointer = "";
    try {
      await saveDraft(project, (newest) => {
        const changed = change(newest);
        pointer = at(changed);
        return changed;
      });
    } catch (error) {
      throw asProblem(error).seenFrom(`/schema${pointer}`);
    }
  }

  function editOrTell(change: Change) {
    edit(change).catch((error: unknown) => toast.error(asProblem(error).body.detail));
  }

  const isStale = draft !== null && draft.base !== state.hash;
  return { project, state, draft, document, mayEdit, isStale, edit, editOrTell };
}

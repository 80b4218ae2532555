/** What is told of a change. */

interface Told {
  /** The event's own id, wherever it is told. */
  id: string;
  /** Its place in the project's log. */
  seq: number;
  project_id: string;
  collection: string;
  record_id: string;
  request_id: string | null;
  /** Told to members and API keys; users learn of what they did themselves. */
  actor: { type: string; id: string | null } | null;
}

/** One change. `entered` and `left`: the record starts or stops to match the filter, or to be seen. */
export type RecordEvent<T> = Told &
  (
    | { type: "record.created"; record: T; previous: null }
    | { type: "record.updated"; record: T; previous: T }
    | { type: "record.deleted"; record: null; previous: T }
    | { type: "record.entered"; record: T; previous: null }
    | { type: "record.left"; record: null; previous: null }
  );

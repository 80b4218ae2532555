/** Several writes in one transaction. */
import type { Where } from "./conditions.js";
import { keepEtag, type WriteOptions } from "./collection.js";
import type { Problem } from "./errors.js";
import type { Http } from "./http.js";
import type { CreateOf, IdOf, KeysOf, Name, RecordOf, UpdateOf } from "./schema.js";

/** Stands for a member of what an earlier operation of the batch answered. */
export interface Reference {
  $ref: string;
}

/** A member of what the operation named `ref` answered: `reference("order", "id")`. */
export function reference(ref: string, member: string): Reference {
  return { $ref: `${ref}.${member}` };
}

type Referring<T> = { [K in keyof T]: T[K] | Reference };

interface One {
  /** A name for `reference` in later operations. */
  ref?: string;
}
interface OneRecord<S, C> extends One {
  id: IdOf<S, C> | Reference;
  /** An ETag: refuse when the record has changed since. */
  if_match?: string;
}
interface Several<S, C> {
  where: Where<S, C>;
  max_affected: number;
}

type OperationOn<S, C> =
  | ({ op: "create"; collection: C; data: Referring<CreateOf<S, C>> } & One)
  | ({
      op: "upsert";
      collection: C;
      data: Referring<CreateOf<S, C>>;
      on_conflict?: KeysOf<S, C>;
    } & One)
  | ({ op: "update"; collection: C; data: Referring<UpdateOf<S, C>> } & OneRecord<S, C>)
  | ({ op: "update"; collection: C; data: Referring<UpdateOf<S, C>> } & Several<S, C>)
  | ({ op: "delete"; collection: C } & OneRecord<S, C>)
  | ({ op: "delete"; collection: C } & Several<S, C>)
  | ({ op: "get"; collection: C; id: IdOf<S, C> | Reference } & One);

export type Operation<S> = { [C in Name<S>]: OperationOn<S, C> }[Name<S>];

type Body<S, O> = O extends { where: object }
  ? { affected: number }
  : O extends { op: "delete" }
    ? undefined
    : O extends { collection: infer C }
      ? RecordOf<S, C>
      : never;

/** What an operation answered: its record; in a batch that is not atomic, perhaps its problem. */
export interface Outcome<B> {
  status: number;
  etag?: string;
  body: B;
}

export interface BatchOptions<A extends boolean> extends WriteOptions {
  /** All or none (the default), or each for itself. */
  atomic?: A;
  /** Check everything, and keep nothing. */
  dryRun?: boolean;
}

export type Outcomes<S, O extends readonly unknown[], A extends boolean> = {
  -readonly [I in keyof O]: Outcome<Body<S, O[I]> | (A extends false ? Problem : never)>;
};

/** @internal */
export async function runBatch<S, const O extends readonly Operation<S>[], A extends boolean>(
  http: Http,
  operations: O,
  options: BatchOptions<A>,
): Promise<Outcomes<S, O, A>> {
  const { atomic, dryRun, idempotencyKey: key = true, signal } = options;
  const { data } = await http.json<{ data: Outcome<unknown>[] }>({
    method: "POST",
    path: "/batch",
    body: { operations, atomic: atomic ?? true },
    headers: { prefer: dryRun ? "tx=rollback" : undefined },
    key: !dryRun && key,
    repeatable: dryRun ?? false,
    signal,
  });
  for (const { body, etag } of data) keepEtag(body, etag);
  return data as Outcomes<S, O, A>;
}

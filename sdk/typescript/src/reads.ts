/** What a read asks for, and the type of what it answers. */
import type { Where } from "./conditions.js";
import type { IsLoose, RecordOf, RelationsOf, SortsOf, Target } from "./schema.js";

type Relations<S, C> = keyof RelationsOf<S, C> & string;
type ToOne<S, C> = {
  [R in Relations<S, C>]: RelationsOf<S, C>[R]["many"] extends true ? never : R;
}[Relations<S, C>];

type SortPath<S, C> =
  SortsOf<S, C> | { [R in ToOne<S, C>]: `${R}.${SortsOf<S, Target<S, C, R>>}` }[ToOne<S, C>];

/** `created_at`, `-created_at`, `author.name:nullslast`. */
export type SortKey<S, C> =
  IsLoose<S> extends true
    ? string
    : `${"" | "-"}${SortPath<S, C>}${"" | ":nullsfirst" | ":nullslast"}`;
export type Sort<S, C> = SortKey<S, C> | readonly SortKey<S, C>[];

type Members<S, C> = keyof RecordOf<S, C> & string;

/** A record's member, or one of a related record: `author.name`. */
export type FieldName<S, C> =
  IsLoose<S> extends true
    ? string
    : | Members<S, C>
      | { [R in Relations<S, C>]: `${R}.${Members<S, Target<S, C, R>>}` }[Relations<S, C>];
export type FieldNames<S, C> = readonly FieldName<S, C>[];

/** How related records are embedded: those of a relation to many are a list of their own. */
export type ExpandOptions<S, C, Many = true> = {
  fields?: FieldNames<S, C>;
  expand?: Expand<S, C>;
} & (Many extends true ? { filter?: Where<S, C>; sort?: Sort<S, C>; limit?: number } : unknown);

/** `"author"`, `["author", "comments"]` or `{ comments: { limit: 5, expand: "author" } }`. */
export type Expand<S, C> =
  IsLoose<S> extends true
    ? string | readonly string[] | { [relation: string]: true | LooseExpandOptions }
    : | Relations<S, C>
      | readonly Relations<S, C>[]
      | {
          [R in Relations<S, C>]?:
            true | ExpandOptions<S, Target<S, C, R>, RelationsOf<S, C>[R]["many"]>;
        };

interface LooseExpandOptions {
  fields?: readonly string[];
  expand?: string | readonly string[] | { [relation: string]: true | LooseExpandOptions };
  filter?: { [condition: string]: unknown };
  sort?: string | readonly string[];
  limit?: number;
}

type AllKeys<A> = A extends unknown ? keyof A : never;
type Member<A, K> = A extends unknown ? (K extends keyof A ? A[K] : never) : never;

/** `G`, with every member that `A` does not know turned into what nothing can be: a type that is
 * inferred from an object is not checked for members too many. */
export type Exact<G, A> = G extends string | number | boolean | null | Date | readonly unknown[]
  ? G
  : { [K in keyof G]: K extends AllKeys<A> ? Exact<G[K], Member<A, K>> : never };

/** What a read answers of each record. */
export type Result<S, C, E, F> =
  IsLoose<S> extends true
    ? RecordOf<S, C>
    : Simplify<Omit<Chosen<S, C, F>, keyof Embedded<S, C, E>> & Embedded<S, C, E>>;

type Simplify<T> = { [K in keyof T]: T[K] };

type Chosen<S, C, F> = [F] extends [never]
  ? RecordOf<S, C>
  : F extends readonly (infer N)[]
    ? Pick<RecordOf<S, C>, N & keyof RecordOf<S, C>> & ChosenPaths<S, C, N>
    : RecordOf<S, C>;

/** `author.name` embeds the author with its name alone. */
type ChosenPaths<S, C, N> = {
  [R in N extends `${infer R}.${string}` ? R & Relations<S, C> : never]: Listed<
    S,
    C,
    R,
    Pick<
      RecordOf<S, Target<S, C, R>>,
      (N extends `${R}.${infer M}` ? M : never) & keyof RecordOf<S, Target<S, C, R>>
    >
  >;
};

type Embedded<S, C, E> = [E] extends [never]
  ? unknown
  : E extends string
    ? { [R in E & Relations<S, C>]: One<S, C, R, true> }
    : E extends readonly (infer N)[]
      ? { [R in N & Relations<S, C>]: One<S, C, R, true> }
      : { -readonly [R in keyof E & Relations<S, C>]: One<S, C, R, E[R]> };

type One<S, C, R extends Relations<S, C>, O> = Listed<
  S,
  C,
  R,
  Result<
    S,
    Target<S, C, R>,
    O extends { expand: infer E } ? E : never,
    O extends { fields: infer F } ? F : never
  >
>;

type Listed<S, C, R extends Relations<S, C>, T> = RelationsOf<S, C>[R]["many"] extends true
  ? T[]
  : T | null;

/** Options of every request. */
export interface Cancellable {
  signal?: AbortSignal;
}

export interface GetOptions<S, C, E, F> extends Cancellable {
  /** Related records to embed; the answer's type follows. */
  expand?: E & Exact<E, Expand<S, C>>;
  /** Only these members. */
  fields?: F;
  /** The record as it was then. */
  asOf?: string | Date;
}

export interface ListOptions<S, C, E, F> extends GetOptions<S, C, E, F> {
  filter?: Where<S, C>;
  sort?: Sort<S, C>;
  /** 50, at most 1,000. */
  limit?: number;
  offset?: number;
  /** A page's `next_cursor`. */
  cursor?: string;
  /** Words that all occur. */
  search?: string;
  count?: "none" | "capped" | "estimated" | "exact";
}

export interface Page<T> {
  data: T[];
  page: { limit: number; offset: number; has_more: boolean; next_cursor: string | null };
  /** Where `count` asked for it. */
  total?: number;
  total_capped?: boolean;
}

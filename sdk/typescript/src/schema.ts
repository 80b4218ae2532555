/** What a project's generated `Schema` looks like to the client's types. */

/** A collection as `sdk.d.ts` tells of it. */
export interface CollectionTypes {
  record: object;
  create: object;
  update: object;
  conditions: Record<string, { value: unknown; operators: string }>;
  relations: Record<string, { to: string; many: boolean }>;
  sorts: string;
  keys: string;
}

/** Any schema: an interface whose members are collections. */
export type SchemaOf<S> = { [C in keyof S]: CollectionTypes };

/** The schema of a client that was given none: every name is taken, every value is `any`. */
export interface AnySchema {
  [collection: string]: AnyCollection;
}

interface AnyCollection {
  record: AnyRecord;
  create: AnyRecord;
  update: AnyRecord;
  conditions: Record<string, { value: unknown; operators: string }>;
  relations: Record<string, { to: string; many: boolean }>;
  sorts: string;
  keys: string;
}

// Without a schema the compiler knows nothing of a record; `unknown` would only demand casts.
type AnyRecord = { [member: string]: any };

export type Name<S> = keyof S & string;
export type IsLoose<S> = string extends keyof S ? true : false;

type Types<S, C> = C extends keyof S ? (S[C] extends CollectionTypes ? S[C] : never) : never;

export type RecordOf<S, C> = Types<S, C>["record"];
export type CreateOf<S, C> = Types<S, C>["create"];
export type UpdateOf<S, C> = Types<S, C>["update"];
export type ConditionsOf<S, C> = Types<S, C>["conditions"];
export type RelationsOf<S, C> = Types<S, C>["relations"];
export type SortsOf<S, C> = Types<S, C>["sorts"];
export type KeysOf<S, C> = Types<S, C>["keys"];

/** The type of a collection's ids. */
export type IdOf<S, C> =
  IsLoose<S> extends true
    ? string | number
    : RecordOf<S, C> extends { id: infer I }
      ? I & (string | number)
      : string | number;

/** The collection that a relation leads to. */
export type Target<S, C, R extends keyof RelationsOf<S, C>> = RelationsOf<S, C>[R]["to"];

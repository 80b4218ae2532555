/** Conditions as types: each field with its own operators, relations walked with `__` or nested. */
import type { ConditionsOf, IsLoose, RelationsOf, Target } from "./schema.js";

type Scalar = string | number | boolean | null;
type Item<V> = V extends readonly (infer I)[] ? I : V;

/** What stands on an operator's right side; `own` is a field without one. */
type Operand<V, O> = O extends "isnull"
  ? boolean
  : O extends "in" | "notin" | "any" | "all"
    ? readonly Item<V>[]
    : O extends "between"
      ? readonly [V, V]
      : O extends "contains"
        ? Contained<V>
        : O extends TextOperator
          ? string
          : V | null;

type TextOperator =
  "startswith" | "endswith" | "icontains" | "istartswith" | "iexact" | "search" | "has_key";
type Contained<V> = [V] extends [readonly (infer I)[]]
  ? I | readonly I[]
  : [V] extends [string]
    ? string
    : V;

type Fields<C> = keyof C & string;
type Operators<C, F extends keyof C> = C[F] extends { operators: infer O } ? O & string : never;
type Value<C, F extends keyof C> = C[F] extends { value: infer V } ? V : never;

type JsonFields<C> = {
  [F in Fields<C>]: "has_key" extends Operators<C, F> ? F : never;
}[Fields<C>];

/** A field's name, or the name with an operator. */
type OwnKeys<C> = { [F in Fields<C>]: F | `${F}__${Operators<C, F>}` }[Fields<C>];
type OwnOperand<C, K> = K extends keyof C
  ? // An object under a bare name is a condition on related records: JSON is compared by `__eq`.
    K extends JsonFields<C>
    ? Scalar
    : Value<C, K> | null
  : K extends `${infer F}__${infer O}`
    ? F extends keyof C
      ? Operand<Value<C, F>, O>
      : never
    : never;

type Relations<S, C> = keyof RelationsOf<S, C> & string;
type ManyRelations<S, C> = {
  [R in Relations<S, C>]: RelationsOf<S, C>[R]["many"] extends true ? R : never;
}[Relations<S, C>];
type LinkOperator = "eq" | "in" | "any" | "isnull";
type TargetId<S, C, R extends Relations<S, C>> =
  ConditionsOf<S, Target<S, C, R>> extends { id: { value: infer V } } ? V : string | number;

type HopKeys<S, C> = {
  [R in Relations<S, C>]: `${R}__${OwnKeys<ConditionsOf<S, Target<S, C, R>>>}`;
}[Relations<S, C>];
type HopOperand<S, C, K> = K extends `${infer R}__${infer Rest}`
  ? R extends Relations<S, C>
    ? OwnOperand<ConditionsOf<S, Target<S, C, R>>, Rest>
    : never
  : never;

type Own<S, C> = {
  // Every object has a `constructor`, when no condition on such a field is given.
  [K in Exclude<OwnKeys<ConditionsOf<S, C>>, Relations<S, C>>]?:
    OwnOperand<ConditionsOf<S, C>, K> | (K extends "constructor" ? object["constructor"] : never);
};
type Nested<S, C> = {
  [R in Relations<S, C>]?: Where<S, Target<S, C, R>> | TargetId<S, C, R> | null;
};
type Links<S, C> = {
  [K in `${ManyRelations<S, C>}__${LinkOperator}`]?: K extends `${infer R}__${infer O}`
    ? R extends Relations<S, C>
      ? Operand<TargetId<S, C, R>, O>
      : never
    : never;
};
type Hops<S, C> = {
  [K in Exclude<HopKeys<S, C>, OwnKeys<ConditionsOf<S, C>>>]?: HopOperand<S, C, K>;
};
type JsonPaths<C> = {
  [K in `${JsonFields<C>}__${string}`]?: Scalar | object;
};

/** Records that meet all of these; `and`, `or` and `not` nest. */
export type Where<S, C> =
  IsLoose<S> extends true
    ? LooseWhere
    : Own<S, C> &
        Nested<S, C> &
        Links<S, C> &
        Hops<S, C> &
        JsonPaths<ConditionsOf<S, C>> & {
          and?: readonly Where<S, C>[];
          or?: readonly Where<S, C>[];
          not?: Where<S, C>;
        };

/** A condition of a client without a schema. */
export interface LooseWhere {
  [condition: string]: unknown;
}

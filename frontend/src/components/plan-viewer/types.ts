/** A plan as the schema routes answer it. */
export type Risk = "safe" | "locking" | "lossy" | "destructive";

/** Stored records that a step cannot take as they are; `count` is null where there was no time. */
export type Offender = {
  collection_id?: string;
  place?: string;
  /** `required` and `relation` can be met by a fill. */
  rule?: string;
  reason?: string;
  count?: number | null;
  samples?: { id: string; value?: unknown }[];
  hint?: string;
};

export type PlanStep = {
  kind: string;
  description: string;
  risk: Risk;
  mode: string;
  sql: string[];
  locks: { table: string; lock: string }[];
  rewrites: boolean;
  scans: boolean;
  rows: number | null;
  offenders: Offender[];
};

export type Plan = {
  base: string;
  plan_hash: string;
  summary: string;
  risk: Risk;
  needs_confirmation: boolean;
  blocked: boolean | null;
  steps: PlanStep[];
  offenders?: Offender[];
};

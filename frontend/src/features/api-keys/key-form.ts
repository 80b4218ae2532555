/** Between a key as the API shows it and the form that edits it. */
import { z } from "zod";

import type { ApiKey, ApiKeyValues } from "@/features/api-keys/api";
import { EVERYTHING, isService, shortened, spelledOut } from "@/features/api-keys/scopes";
import { strings } from "@/features/api-keys/strings";

export type KeyValues = {
  name: string;
  kind: "scoped" | "service";
  scopes: string[];
  /** A day, or nothing. */
  expires_at: string;
  networks: string;
};

export const keySchema: z.ZodType<KeyValues, KeyValues> = z
  .object({
    name: z.string().trim().min(1, strings.nameHint).max(200),
    kind: z.enum(["scoped", "service"]),
    scopes: z.array(z.string()),
    expires_at: z.string(),
    networks: z.string(),
  })
  .refine(({ kind, scopes }) => kind === "service" || scopes.length > 0, {
    path: ["scopes"],
    message: strings.scopesNeeded,
  });

export const BLANK: KeyValues = {
  name: "",
  kind: "scoped",
  scopes: [],
  expires_at: "",
  networks: "",
};

export function fromKey(key: ApiKey): KeyValues {
  const service = isService(key.scopes);
  return {
    name: key.name,
    kind: service ? "service" : "scoped",
    scopes: service ? [] : spelledOut(key.scopes),
    expires_at: key.expires_at ? dayOf(key.expires_at) : "",
    networks: key.networks.join("\n"),
  };
}

/** A key that has expired keeps its day: the API takes none of the past. */
export function toKey(values: KeyValues, before?: ApiKey): ApiKeyValues {
  const isSame = before?.expires_at && dayOf(before.expires_at) === values.expires_at;
  return {
    name: values.name.trim(),
    scopes: values.kind === "service" ? [EVERYTHING] : shortened(values.scopes),
    networks: values.networks.split(/[\s,]+/).filter(Boolean),
    ...(!isSame && { expires_at: values.expires_at ? endOf(values.expires_at) : null }),
  };
}

/** The day of a moment where one is, as date inputs write it. */
function dayOf(moment: string): string {
  const at = new Date(moment);
  const parts = [at.getFullYear(), at.getMonth() + 1, at.getDate()];
  return parts.map((part) => String(part).padStart(2, "0")).join("-");
}

function endOf(day: string): string {
  return new Date(`${day}T23:59:59`).toISOString();
}

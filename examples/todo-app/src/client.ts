/** The one client of the app, typed from backendify.yaml. */
import { browserStorage, createClient } from "@backendify/client";
import { useSyncExternalStore } from "react";

import type { Schema } from "./schema";

export const client = createClient<Schema>({ project: "todo", storage: browserStorage() });

/** Who is signed in, in this tab or another; null: nobody. */
export function useUser() {
  return useSyncExternalStore(
    (changed) => client.auth.onChange(changed),
    () => client.auth.user,
  );
}

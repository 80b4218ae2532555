/** Between the scopes of a key and the boxes that are ticked. */
export const SCOPE_ACTIONS = ["list", "read", "create", "update", "delete"] as const;
export const EVERYTHING = "*:*";

const WRITES = ["create", "update", "delete"];

/** Each scope by one action: `write` and `*` are written out, but for the one that is everything. */
export function spelledOut(scopes: readonly string[]): string[] {
  const spelled = scopes.flatMap((scope) => {
    if (scope === EVERYTHING) return [scope];
    const at = scope.lastIndexOf(":");
    const name = scope.slice(0, at);
    const action = scope.slice(at + 1);
    const actions = action === "*" ? SCOPE_ACTIONS : action === "write" ? WRITES : [action];
    return actions.map((each) => `${name}:${each}`);
  });
  return [...new Set(spelled)];
}

/** As short as it can be said: all five as `*`, the three writes as `write`. */
export function shortened(scopes: readonly string[]): string[] {
  const names = [...new Set(scopes.map((scope) => scope.slice(0, scope.lastIndexOf(":"))))];
  return names.flatMap((name) => {
    if (scopes.includes(`${name}:*`)) return [`${name}:*`];
    const actions = SCOPE_ACTIONS.filter((action) => scopes.includes(`${name}:${action}`));
    // For every collection at once, * would pass policies: that is another kind of key.
    if (actions.length === SCOPE_ACTIONS.length && name !== "*") return [`${name}:*`];
    const hasWrites = WRITES.every((each) => (actions as string[]).includes(each));
    const rest = hasWrites ? actions.filter((each) => !WRITES.includes(each)) : actions;
    return [...rest, ...(hasWrites ? ["write"] : [])].map((action) => `${name}:${action}`);
  });
}

export function isService(scopes: readonly string[]): boolean {
  return scopes.includes(EVERYTHING);
}

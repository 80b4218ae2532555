import { useRef } from "react";

import { type Access, type Action, ACTIONS, type Matrix as Data } from "@/features/policies/api";
import { AccessMark } from "@/features/policies/components/access-mark";
import { ACTION_ICONS } from "@/features/policies/components/action-icon";
import { principalLabel } from "@/features/policies/principals";
import { strings } from "@/features/policies/strings";
import { useMatrixKeys } from "@/features/policies/use-matrix-keys";
import { useGuarded, usePeople } from "@/features/policies/use-people";
import { usePoliciesSearch } from "@/features/policies/use-policies-search";

/** Collections down, principals across; within a cell one mark for each action. */
export function Matrix({ matrix, shown }: { matrix: Data; shown: readonly string[] }) {
  const { options, labelOf } = useGuarded();
  const people = usePeople();
  const body = useRef<HTMLTableElement>(null);
  const onKeyDown = useMatrixKeys(body);
  const principals = matrix.principals.filter((each) => isShown(each, matrix, shown));
  const rows = new Map(matrix.rows.map((row) => [`${row.principal} ${row.collection}`, row]));
  return (
    <div className="overflow-x-auto" tabIndex={0} role="region" aria-label={strings.matrixLabel}>
      <table ref={body} onKeyDown={onKeyDown} className="w-full text-sm">
        <thead>
          <tr className="border-b bg-sidebar">
            <th
              scope="col"
              className="sticky left-0 z-10 h-10 min-w-32 bg-sidebar px-3 text-left text-xs font-medium text-muted-foreground sm:px-4"
            >
              {strings.collection}
            </th>
            {principals.map((principal) => (
              <th
                key={principal}
                scope="col"
                className="px-3 text-left text-xs font-medium whitespace-nowrap"
              >
                {principalLabel(principal, people)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {options.map(({ value: collection }, y) => (
            <tr key={collection} className="border-b last:border-b-0">
              <th
                scope="row"
                className="sticky left-0 z-10 h-12 max-w-44 truncate bg-card px-3 text-left font-medium max-sm:max-w-32 sm:px-4"
              >
                {labelOf(collection)}
              </th>
              {principals.map((principal, x) => (
                <td key={principal} className="px-3 py-2">
                  <Cell
                    principal={principal}
                    collection={collection}
                    actions={rows.get(`${principal} ${collection}`)?.actions ?? {}}
                    isFirst={x === 0 && y === 0}
                    who={principalLabel(principal, people)}
                    what={labelOf(collection)}
                  />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Cell({
  principal,
  collection,
  actions,
  isFirst,
  who,
  what,
}: {
  principal: string;
  collection: string;
  actions: Partial<Record<Action, Access>>;
  isFirst: boolean;
  who: string;
  what: string;
}) {
  const { update } = usePoliciesSearch();
  const first = ACTIONS.find((action) => actions[action]);
  return (
    <span className="flex gap-1">
      {ACTIONS.map((action) => {
        const access = actions[action];
        const Icon = ACTION_ICONS[action];
        if (!access) return <span key={action} aria-hidden className="size-6" />;
        const label = strings.cell(who, action, what, strings[access.allowed]);
        return (
          <button
            key={action}
            type="button"
            aria-label={label}
            title={label}
            tabIndex={isFirst && action === first ? 0 : -1}
            className="rounded-[5px] transition-transform hover:scale-110"
            onClick={() => update({ principal, collection, action })}
          >
            <AccessMark allowed={access.allowed} isPartial={isPartial(access)}>
              <Icon aria-hidden />
            </AccessMark>
          </button>
        );
      })}
    </span>
  );
}

function isPartial({ fields, some_records_only: masked }: Access): boolean {
  return fields !== null || masked.length > 0;
}

/** Unverified users have a column only where a policy asks for a verified address. */
function isShown(principal: string, matrix: Data, shown: readonly string[]): boolean {
  if (principal.startsWith("api_key:")) return shown.includes("keys");
  if (principal.startsWith("member:")) return shown.includes("members");
  if (principal !== "app_user (unverified)") return true;
  const accessOf = (who: string) =>
    JSON.stringify(
      matrix.rows.filter((row) => row.principal === who).map(({ actions }) => actions),
    );
  return accessOf(principal) !== accessOf("app_user");
}

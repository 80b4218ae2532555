import { useSuspenseQuery } from "@tanstack/react-query";
import { Controller, useFormContext } from "react-hook-form";

import { Alert } from "@/components/ui/alert";
import { Checkbox } from "@/components/ui/checkbox";
import { Segmented } from "@/components/ui/segmented";
import type { KeyValues } from "@/features/api-keys/key-form";
import { apiKeysRoute } from "@/features/api-keys/routes";
import { SCOPE_ACTIONS } from "@/features/api-keys/scopes";
import { strings } from "@/features/api-keys/strings";
import { collectionsQuery } from "@/lib/collections";
import { collectionLabel } from "@/lib/fields";

const CHANNELS = "_channels";
const CHANNEL_ACTIONS = new Set(["read", "create", "update"]);

/** Everything, or boxes to tick: collections down, actions across. */
export function ScopesField() {
  const { control, watch } = useFormContext<KeyValues>();
  const kind = watch("kind");
  return (
    <div className="grid gap-3">
      <div className="flex flex-wrap items-center justify-between gap-2">
        <span className="text-sm font-medium">{strings.kind}</span>
        <Controller
          control={control}
          name="kind"
          render={({ field }) => (
            <Segmented
              label={strings.kind}
              value={field.value}
              onChange={field.onChange}
              options={[
                { value: "scoped", label: strings.scoped },
                { value: "service", label: strings.service },
              ]}
            />
          )}
        />
      </div>
      {kind === "service" ? (
        <Alert tone="warning">{strings.serviceAbout}</Alert>
      ) : (
        <Controller
          control={control}
          name="scopes"
          render={({ field, fieldState }) => (
            <>
              <Grid value={field.value} onChange={field.onChange} />
              {fieldState.error && (
                <p className="text-xs text-destructive">{fieldState.error.message}</p>
              )}
            </>
          )}
        />
      )}
    </div>
  );
}

type GridProps = { value: string[]; onChange: (scopes: string[]) => void };

function Grid({ value, onChange }: GridProps) {
  const { project } = apiKeysRoute.useParams();
  const { data: collections } = useSuspenseQuery(collectionsQuery(project));
  const rows = [
    { name: "*", label: strings.every },
    ...collections.map((each) => ({ name: each.name, label: collectionLabel(each) })),
    { name: CHANNELS, label: strings.channels },
  ];
  return (
    <div className="overflow-x-auto rounded-lg border">
      <table className="w-full text-sm" aria-label={strings.scopes}>
        <thead>
          <tr className="border-b bg-sidebar text-xs text-muted-foreground">
            <th scope="col" className="h-8 px-3 text-left font-medium">
              {strings.collection}
            </th>
            {SCOPE_ACTIONS.map((action) => (
              <th key={action} scope="col" className="px-1 font-medium">
                {action}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <Row key={row.name} {...row} value={value} onChange={onChange} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ name, label, value, onChange }: GridProps & { name: string; label: string }) {
  const actions = SCOPE_ACTIONS.filter((each) => name !== CHANNELS || CHANNEL_ACTIONS.has(each));
  const own = actions.map((action) => `${name}:${action}`);
  const count = own.filter((scope) => value.includes(scope)).length;
  const state = count === own.length ? true : count > 0 ? "indeterminate" : false;

  function turn(scopes: string[], isOn: boolean) {
    const others = value.filter((each) => !scopes.includes(each));
    onChange(isOn ? [...others, ...scopes] : others);
  }

  return (
    <tr className="border-b last:border-b-0 hover:bg-muted/50">
      <th scope="row" className="max-w-40 px-3 max-sm:max-w-28 text-left font-normal">
        <label className="flex h-9 items-center gap-2">
          <Checkbox
            aria-label={strings.wholeRow(label)}
            checked={state}
            onCheckedChange={(checked) => turn(own, checked === true)}
          />
          <span className="truncate">{label}</span>
        </label>
      </th>
      {SCOPE_ACTIONS.map((action) => (
        <td key={action} className="text-center">
          {actions.includes(action) && (
            <Checkbox
              className="align-middle"
              aria-label={strings.scope(action, label)}
              // What every collection allows, this one does.
              checked={value.includes(`${name}:${action}`) || value.includes(`*:${action}`)}
              disabled={name !== "*" && value.includes(`*:${action}`)}
              onCheckedChange={(checked) => turn([`${name}:${action}`], checked === true)}
            />
          )}
        </td>
      ))}
    </tr>
  );
}

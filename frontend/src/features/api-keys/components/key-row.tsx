import { ChevronRightIcon } from "lucide-react";

import { Badge } from "@/components/ui/badge";
import type { ApiKey } from "@/features/api-keys/api";
import { isService, shortened } from "@/features/api-keys/scopes";
import { strings } from "@/features/api-keys/strings";
import { formatAgo, formatDay } from "@/lib/format";

const SHOWN_SCOPES = 4;

export function KeyRow({ apiKey, onOpen }: { apiKey: ApiKey; onOpen: () => void }) {
  return (
    <li>
      <button
        type="button"
        className="flex w-full items-center gap-4 px-4 py-3 text-left outline-offset-[-2px] hover:bg-accent/50"
        onClick={onOpen}
      >
        <span className="grid min-w-0 flex-1 gap-x-4 gap-y-1.5 md:grid-cols-[minmax(0,1fr)_auto] md:items-center">
          <span className="min-w-0">
            <span className="flex items-center gap-2">
              <span className="truncate font-medium">{apiKey.name}</span>
              {isExpired(apiKey) && <Badge variant="destructive">{strings.expired}</Badge>}
            </span>
            <span className="block text-xs text-muted-foreground">
              {factsOf(apiKey).join(" · ")}
            </span>
          </span>
          <Scopes scopes={apiKey.scopes} />
        </span>
        <ChevronRightIcon aria-hidden className="size-4 shrink-0 text-muted-foreground" />
      </button>
    </li>
  );
}

function Scopes({ scopes }: { scopes: string[] }) {
  if (isService(scopes)) return <Badge variant="warning">{strings.serviceBadge}</Badge>;
  const said = shortened(scopes);
  return (
    <span className="flex flex-wrap gap-1">
      {said.slice(0, SHOWN_SCOPES).map((scope) => (
        <Badge key={scope} variant="secondary" className="font-mono">
          {scope}
        </Badge>
      ))}
      {said.length > SHOWN_SCOPES && (
        <Badge variant="secondary">{strings.more(said.length - SHOWN_SCOPES)}</Badge>
      )}
    </span>
  );
}

function factsOf(key: ApiKey): string[] {
  return [
    key.last_used_at ? strings.used(formatAgo(key.last_used_at)) : strings.neverUsed,
    ...(key.expires_at ? [strings.expiresOn(formatDay(key.expires_at))] : []),
    key.networks.length > 0 ? strings.networksCount(key.networks.length) : strings.anywhere,
    strings.created(formatDay(key.created_at)),
  ];
}

function isExpired({ expires_at: moment }: ApiKey): boolean {
  return moment !== null && Date.parse(moment) < Date.now();
}

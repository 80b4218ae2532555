import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { ChevronRightIcon, PlusIcon, UserRoundCheckIcon } from "lucide-react";

import { EmptyState } from "@/components/empty-state";
import { ErrorPanel } from "@/components/error-panel";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Skeleton } from "@/components/ui/skeleton";
import { authSettingsQuery, type Provider } from "@/features/authentication/api";
import { ProviderSheet } from "@/features/authentication/components/provider-sheet";
import { authenticationRoute } from "@/features/authentication/routes";
import { strings } from "@/features/authentication/strings";

/** Who else may vouch for the app's users. */
export function ProvidersView() {
  const { project } = authenticationRoute.useParams();
  const { provider: open } = authenticationRoute.useSearch();
  const { data: auth, error, refetch } = useQuery(authSettingsQuery(project));
  const navigate = useNavigate();
  const go = (provider?: string) => void navigate({ to: ".", search: { provider } });
  if (error) return <ErrorPanel error={error} onRetry={() => void refetch()} />;
  if (!auth) return <Skeleton role="status" aria-label="Loading" className="h-40" />;
  const providers = Object.entries(auth.providers ?? {});
  const add = (
    <Button onClick={() => go("new")}>
      <PlusIcon />
      {strings.addProvider}
    </Button>
  );
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-3">
      <Card>
        {providers.length === 0 ? (
          <EmptyState icon={UserRoundCheckIcon} title={strings.providersNone} action={add}>
            <p>{strings.providersNoneAbout}</p>
          </EmptyState>
        ) : (
          <ul className="divide-y">
            {providers.map(([name, provider]) => (
              <ProviderRow key={name} name={name} provider={provider} onOpen={() => go(name)} />
            ))}
          </ul>
        )}
      </Card>
      {providers.length > 0 && <div className="justify-self-end">{add}</div>}
      <ProviderSheet
        name={open}
        provider={open === undefined ? undefined : auth.providers?.[open]}
        taken={providers.map(([name]) => name)}
        onClose={() => go()}
      />
    </div>
  );
}

function ProviderRow({
  name,
  provider,
  onOpen,
}: {
  name: string;
  provider: Provider;
  onOpen: () => void;
}) {
  return (
    <li>
      <button
        type="button"
        className="flex w-full flex-wrap items-center gap-x-3 gap-y-1.5 px-4 py-3 text-left outline-offset-[-2px] hover:bg-accent/50"
        onClick={onOpen}
      >
        <span className="min-w-0 flex-1 basis-40">
          <span className="block font-medium">{strings.types[provider.type]}</span>
          <span className="block truncate text-xs text-muted-foreground">
            <code className="font-mono">{name}</code>
            {provider.issuer && ` · ${provider.issuer}`}
          </span>
        </span>
        {!provider.client_secret_set && <Badge variant="warning">{strings.noSecret}</Badge>}
        <Badge variant={provider.enabled ? "success" : "secondary"}>
          {provider.enabled ? strings.enabled : strings.disabled}
        </Badge>
        <ChevronRightIcon aria-hidden className="size-4 shrink-0 text-muted-foreground" />
      </button>
    </li>
  );
}

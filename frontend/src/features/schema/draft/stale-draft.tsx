import { useQuery } from "@tanstack/react-query";
import { GitPullRequestArrowIcon, HistoryIcon } from "lucide-react";
import { useState } from "react";
import { toast } from "sonner";

import { ErrorPanel } from "@/components/error-panel";
import { Alert, AlertTitle } from "@/components/ui/alert";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { SheetBody, SheetFooter } from "@/components/ui/sheet";
import { Skeleton } from "@/components/ui/skeleton";
import {
  type Draft,
  rebaseDraft,
  type Since,
  sinceQuery,
  type Version,
} from "@/features/schema/api";
import { DiscardButton } from "@/features/schema/draft/discard-button";
import { type Clash, rebase } from "@/features/schema/draft/rebase";
import { strings } from "@/features/schema/strings";
import type { Working } from "@/features/schema/use-draft";
import { useActorNames } from "@/lib/actors";
import { formatAgo } from "@/lib/format";

/** Somebody else applied: what, what of it the draft speaks of too, and the two ways on. */
export function StaleDraft({ working, draft }: { working: Working; draft: Draft }) {
  const { project, state, mayEdit } = working;
  const { data: since, error, refetch } = useQuery(sinceQuery(project, state, draft));
  const [failure, setFailure] = useState<unknown>(null);

  async function carryOver(known: Since) {
    setFailure(null);
    try {
      await rebaseDraft(project, known);
      toast.success(strings.rebased);
    } catch (caught) {
      setFailure(caught);
    }
  }

  return (
    <>
      <SheetBody className="grid grid-cols-1 content-start gap-4">
        <Alert tone="warning">
          <AlertTitle>{strings.staleTitle}</AlertTitle>
          <p>{since === null ? strings.staleUnknown : strings.staleAbout}</p>
        </Alert>
        {error && <ErrorPanel error={error} onRetry={() => void refetch()} />}
        {failure !== null && <ErrorPanel error={failure} />}
        {since === undefined && !error && <Skeleton className="h-24" />}
        {since && <Versions project={project} versions={since.versions} />}
        {since && <Clashes clashes={rebase(since.document, draft.schema, state.schema).clashes} />}
      </SheetBody>
      <SheetFooter>
        {mayEdit && <DiscardButton project={project} draft={draft} />}
        {since && mayEdit && (
          <Button onClick={() => void carryOver(since)}>
            <GitPullRequestArrowIcon />
            {strings.rebase}
          </Button>
        )}
      </SheetFooter>
    </>
  );
}

function Versions({ project, versions }: { project: string; versions: Version[] }) {
  const nameOf = useActorNames(
    project,
    versions.map(({ actor }) => actor),
  );
  return (
    <section className="grid grid-cols-1 gap-2">
      <h3 className="text-sm font-medium">{strings.since}</h3>
      <ul className="grid grid-cols-1 divide-y rounded-lg border">
        {versions.map((each) => (
          <li key={each.version} className="flex gap-3 px-3 py-2.5 text-sm">
            <HistoryIcon className="mt-0.5 size-4 shrink-0 text-muted-foreground" />
            <div className="min-w-0">
              <p className="break-words">{each.summary}</p>
              <p className="text-xs text-muted-foreground">
                {strings.sinceBy(each.version, nameOf(each.actor), formatAgo(each.applied_at))}
              </p>
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Clashes({ clashes }: { clashes: Clash[] }) {
  if (clashes.length === 0) {
    return <p className="text-sm text-muted-foreground">{strings.clashesNone}</p>;
  }
  return (
    <section className="grid grid-cols-1 gap-2">
      <h3 className="text-sm font-medium">{strings.clashes}</h3>
      <ul className="grid grid-cols-1 gap-2">
        {clashes.map(({ kind, place }) => (
          <li key={kind + place} className="flex flex-wrap items-center gap-2 text-sm">
            <Badge variant="warning">{strings.clashKinds[kind]}</Badge>
            <code className="font-mono text-xs break-all">{place}</code>
            <span className="w-full text-xs text-muted-foreground">
              {strings.clashOutcomes[kind]}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

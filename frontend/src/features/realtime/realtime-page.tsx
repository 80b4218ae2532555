import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";

import { Page } from "@/components/page";
import { Alert } from "@/components/ui/alert";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import type { Who } from "@/features/realtime/api";
import { ChannelCard } from "@/features/realtime/components/channel-card";
import { ListenCard } from "@/features/realtime/components/listen-card";
import { Stream } from "@/features/realtime/components/stream";
import { realtimeRoute, type RealtimeSearch } from "@/features/realtime/routes";
import { strings } from "@/features/realtime/strings";
import { type Inspected, useInspector } from "@/features/realtime/use-inspector";
import { formatNumber } from "@/lib/format";

const TONES = { opening: "secondary", open: "success", closed: "destructive" } as const;

export function RealtimePage() {
  const { project } = realtimeRoute.useParams();
  const search = realtimeRoute.useSearch();
  const [who, setWho] = useState<Who>({ kind: "me" });
  const [presence, setPresence] = useState<unknown>(null);
  const inspector = useInspector(project, who, { ...pick(search), presence });
  const navigate = useNavigate();

  function look(change: RealtimeSearch) {
    void navigate({
      from: realtimeRoute.fullPath,
      to: ".",
      search: (now: RealtimeSearch) => ({ ...now, ...change }),
    });
  }

  return (
    <Page
      title={strings.title}
      description={strings.about}
      actions={<Connection inspected={inspector} onAgain={inspector.again} />}
      className="max-w-6xl"
    >
      {inspector.end && (
        <Alert tone="warning" className="mb-4">
          {strings.closed(inspector.end.code, inspector.end.reason)}
        </Alert>
      )}
      <div className="grid items-start gap-4 lg:grid-cols-[20rem_1fr]">
        <div className="grid min-w-0 gap-4">
          <ListenCard project={project} search={search} who={who} onLook={look} onWho={setWho} />
          <ChannelCard
            channel={search.channel}
            present={inspector.present}
            onJoin={(channel, shown) => {
              setPresence(shown);
              look({ channel });
            }}
            onBroadcast={inspector.broadcast}
          />
        </div>
        <Stream
          lines={inspector.lines}
          find={search.find ?? ""}
          onFind={(find) => look({ find: find || undefined })}
          onClear={inspector.clear}
        />
      </div>
    </Page>
  );
}

function pick({ collection, where, channel }: RealtimeSearch) {
  return { collection, where, channel };
}

function Connection({ inspected, onAgain }: { inspected: Inspected; onAgain: () => void }) {
  const { state, roundTrip, position } = inspected;
  return (
    <div className="flex flex-wrap items-center gap-3 text-xs text-muted-foreground tabular-nums">
      {position !== null && <span>{strings.position(formatNumber(position))}</span>}
      {state === "open" && roundTrip !== null && <span>{strings.roundTrip(roundTrip)}</span>}
      <Badge variant={TONES[state]} role="status">
        {strings.states[state]}
      </Badge>
      {state === "closed" && (
        <Button variant="outline" onClick={onAgain}>
          {strings.connect}
        </Button>
      )}
    </div>
  );
}

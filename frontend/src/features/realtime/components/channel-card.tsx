import { useState } from "react";

import { FieldFrame } from "@/components/form/field";
import { Button } from "@/components/ui/button";
import { Card, CardContent, CardHeader, CardTitle } from "@/components/ui/card";
import { Input } from "@/components/ui/input";
import { type Member, partyOf } from "@/features/realtime/messages";
import { strings } from "@/features/realtime/strings";
import { formatCount } from "@/lib/format";

type Props = {
  channel: string | undefined;
  present: readonly Member[];
  onJoin: (channel: string | undefined, presence: unknown) => void;
  onBroadcast: (event: string, payload: unknown) => void;
};

/** A channel: who is there, and something to say. */
export function ChannelCard(props: Props) {
  const { channel, present, onJoin } = props;
  return (
    <Card>
      <CardHeader>
        <CardTitle>{channel ?? strings.channel}</CardTitle>
        {channel && (
          <Button variant="ghost" size="sm" onClick={() => onJoin(undefined, null)}>
            {strings.leave}
          </Button>
        )}
      </CardHeader>
      <CardContent className="grid gap-4">
        {channel ? (
          <>
            <Present members={present} />
            <BroadcastForm onBroadcast={props.onBroadcast} />
          </>
        ) : (
          <JoinForm onJoin={onJoin} />
        )}
      </CardContent>
    </Card>
  );
}

function JoinForm({ onJoin }: Pick<Props, "onJoin">) {
  const [channel, setChannel] = useState("");
  const [presence, setPresence] = useState("");
  const shown = readJson(presence);
  return (
    <form
      className="grid gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        if (channel.trim() && shown !== undefined) onJoin(channel.trim(), shown);
      }}
    >
      <FieldFrame label={strings.channel} hint={strings.channelHint}>
        {(described) => (
          <Input
            {...described}
            value={channel}
            placeholder="room:42"
            onChange={(event) => setChannel(event.target.value)}
          />
        )}
      </FieldFrame>
      <FieldFrame
        label={strings.presence}
        hint={strings.presenceHint}
        error={shown === undefined ? strings.badJson : undefined}
      >
        {(described) => (
          <Input
            {...described}
            value={presence}
            placeholder='{"name": "Ann"}'
            className="font-mono text-xs"
            onChange={(event) => setPresence(event.target.value)}
          />
        )}
      </FieldFrame>
      <Button type="submit" variant="outline" className="justify-self-end">
        {strings.join}
      </Button>
    </form>
  );
}

function Present({ members }: { members: readonly Member[] }) {
  return (
    <section className="grid gap-1.5">
      <h3 className="text-xs text-muted-foreground">
        {strings.presentCount(formatCount(members.length, strings.person))}
      </h3>
      <ul className="grid gap-1">
        {members.map((member) => (
          <li key={member.ref} className="flex min-w-0 items-baseline gap-2 text-sm">
            <span aria-hidden className="size-2 shrink-0 rounded-full bg-success" />
            <span>{partyOf(member.by)}</span>
            <code className="truncate font-mono text-xs text-muted-foreground">
              {JSON.stringify(member.presence)}
            </code>
          </li>
        ))}
      </ul>
    </section>
  );
}

function BroadcastForm({ onBroadcast }: Pick<Props, "onBroadcast">) {
  const [event, setEvent] = useState("message");
  const [text, setText] = useState('{"text": "Hello"}');
  const payload = readJson(text);
  return (
    <form
      className="grid gap-3 border-t pt-4"
      onSubmit={(submitted) => {
        submitted.preventDefault();
        if (payload !== undefined && event.trim()) onBroadcast(event.trim(), payload);
      }}
    >
      <FieldFrame label={strings.event}>
        {(described) => (
          <Input
            {...described}
            value={event}
            onChange={(changed) => setEvent(changed.target.value)}
          />
        )}
      </FieldFrame>
      <FieldFrame
        label={strings.payload}
        error={payload === undefined ? strings.badJson : undefined}
      >
        {(described) => (
          <Input
            {...described}
            value={text}
            className="font-mono text-xs"
            onChange={(changed) => setText(changed.target.value)}
          />
        )}
      </FieldFrame>
      <Button type="submit" className="justify-self-end">
        {strings.broadcast}
      </Button>
    </form>
  );
}

/** Nothing is null; what is no JSON is undefined. */
function readJson(text: string): unknown {
  if (text.trim() === "") return null;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

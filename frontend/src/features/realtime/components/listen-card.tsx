import { useSuspenseQuery } from "@tanstack/react-query";
import { useState } from "react";

import { ConditionField } from "@/components/condition-builder/condition-field";
import { recordSubjects } from "@/components/condition-builder/record-subjects";
import { FieldFrame } from "@/components/form/field";
import { Button } from "@/components/ui/button";
import { Card, CardContent, CardHeader, CardTitle } from "@/components/ui/card";
import { Input } from "@/components/ui/input";
import {
  Select,
  SelectContent,
  SelectItem,
  SelectTrigger,
  SelectValue,
} from "@/components/ui/select";
import type { Who } from "@/features/realtime/api";
import type { RealtimeSearch } from "@/features/realtime/routes";
import { strings } from "@/features/realtime/strings";
import { collectionsQuery } from "@/lib/collections";
import { collectionLabel } from "@/lib/fields";

const ALL = "*";

/** What is listened to, and with whose eyes. */
export function ListenCard({
  project,
  search,
  who,
  onLook,
  onWho,
}: {
  project: string;
  search: RealtimeSearch;
  who: Who;
  onLook: (change: RealtimeSearch) => void;
  onWho: (who: Who) => void;
}) {
  const { data: collections } = useSuspenseQuery(collectionsQuery(project));
  const collection = collections.find((each) => each.name === search.collection);
  const [where, setWhere] = useState(search.where ?? null);

  function choose(name: string) {
    setWhere(null);
    onLook({ collection: name === ALL ? undefined : name, where: undefined });
  }

  return (
    <Card>
      <CardHeader>
        <CardTitle>{strings.listen}</CardTitle>
      </CardHeader>
      <CardContent className="grid gap-4">
        <FieldFrame label={strings.collection}>
          {(described) => (
            <Select value={search.collection ?? ALL} onValueChange={choose}>
              <SelectTrigger {...described}>
                <SelectValue />
              </SelectTrigger>
              <SelectContent>
                <SelectItem value={ALL}>{strings.allCollections}</SelectItem>
                {collections.map((each) => (
                  <SelectItem key={each.name} value={each.name}>
                    {collectionLabel(each)}
                  </SelectItem>
                ))}
              </SelectContent>
            </Select>
          )}
        </FieldFrame>
        {collection && (
          <div className="grid gap-1.5 [&_.sm\:flex-nowrap]:flex-wrap">
            <p className="text-sm font-medium">{strings.where}</p>
            <ConditionField
              key={collection.name}
              label={strings.where}
              subjects={recordSubjects(collection)}
              value={where}
              onChange={setWhere}
            />
            <Button
              variant="outline"
              size="sm"
              className="justify-self-end"
              onClick={() => onLook({ where: where ?? undefined })}
            >
              {strings.apply}
            </Button>
          </div>
        )}
        <WhoField who={who} onWho={onWho} />
      </CardContent>
    </Card>
  );
}

function WhoField({ who, onWho }: { who: Who; onWho: (who: Who) => void }) {
  function choose(kind: string) {
    if (kind === "token") onWho({ kind, token: "" });
    else onWho({ kind: kind === "me" ? "me" : "anonymous" });
  }

  return (
    <>
      <FieldFrame label={strings.who}>
        {(described) => (
          <Select value={who.kind} onValueChange={choose}>
            <SelectTrigger {...described}>
              <SelectValue />
            </SelectTrigger>
            <SelectContent>
              {Object.entries(strings.whos).map(([kind, label]) => (
                <SelectItem key={kind} value={kind}>
                  {label}
                </SelectItem>
              ))}
            </SelectContent>
          </Select>
        )}
      </FieldFrame>
      {who.kind === "token" && (
        <FieldFrame label={strings.token} hint={strings.tokenHint}>
          {(described) => (
            <Input
              {...described}
              type="password"
              autoComplete="off"
              onBlur={(event) => onWho({ kind: "token", token: event.target.value.trim() })}
            />
          )}
        </FieldFrame>
      )}
    </>
  );
}

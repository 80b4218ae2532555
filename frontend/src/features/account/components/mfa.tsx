import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { toast } from "sonner";

import { ErrorPanel } from "@/components/error-panel";
import { TitledDialog } from "@/components/titled-dialog";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card, CardContent, CardDescription, CardHeader, CardTitle } from "@/components/ui/card";
import { Skeleton } from "@/components/ui/skeleton";
import { mfaQuery, removeMfa, renewCodes } from "@/features/account/api";
import { EnrolDialog } from "@/features/account/components/enrol-dialog";
import { ProofDialog } from "@/features/account/components/proof-dialog";
import { RecoveryCodes } from "@/features/account/components/recovery-codes";
import { strings } from "@/features/account/strings";
import type { Schemas } from "@/lib/api";

type Doing = "enrol" | "remove" | "renew" | null;

export function Mfa() {
  const { data: mfa, error } = useQuery(mfaQuery);
  const [doing, setDoing] = useState<Doing>(null);
  const [codes, setCodes] = useState<string[] | null>(null);

  function stop() {
    setDoing(null);
  }

  return (
    <Card>
      <CardHeader>
        <CardTitle>{strings.mfa}</CardTitle>
        {mfa && (
          <Badge variant={mfa.enabled ? "success" : "secondary"}>
            {mfa.enabled ? strings.mfaOn : strings.mfaOff}
          </Badge>
        )}
        <CardDescription>{strings.mfaAbout}</CardDescription>
      </CardHeader>
      <CardContent>
        {error && <ErrorPanel error={error} />}
        {!mfa && !error && <Skeleton className="h-8 w-24" />}
        {mfa && <Doings mfa={mfa} onDo={setDoing} />}
      </CardContent>
      <EnrolDialog open={doing === "enrol"} onClose={stop} />
      <ProofDialog
        open={doing === "remove"}
        onClose={stop}
        onProof={async (password) => {
          await removeMfa(password);
          toast.success(strings.turnedOff);
        }}
      />
      <ProofDialog
        open={doing === "renew"}
        onClose={stop}
        onProof={async (password) => setCodes(await renewCodes(password))}
      />
      <TitledDialog title={strings.recovery} isOpen={codes !== null} onClose={() => setCodes(null)}>
        {codes && <RecoveryCodes codes={codes} />}
        <Button onClick={() => setCodes(null)}>{strings.done}</Button>
      </TitledDialog>
    </Card>
  );
}

function Doings({ mfa, onDo }: { mfa: Schemas["MfaStatus"]; onDo: (doing: Doing) => void }) {
  if (!mfa.enabled) {
    return (
      <Button variant="outline" onClick={() => onDo("enrol")}>
        {strings.setUp}
      </Button>
    );
  }
  return (
    <div className="flex flex-wrap items-center gap-2">
      <Button variant="outline" onClick={() => onDo("renew")}>
        {strings.newCodes}
      </Button>
      <Button variant="outline" onClick={() => onDo("remove")}>
        {strings.turnOff}
      </Button>
      <span className="text-sm text-muted-foreground">
        {strings.codesLeft(mfa.recovery_codes_left)}
      </span>
    </div>
  );
}

import { useQuery } from "@tanstack/react-query";
import { KeyRoundIcon } from "lucide-react";
import { useState } from "react";
import { toast } from "sonner";

import { ConfirmDialog } from "@/components/confirm-dialog/confirm-dialog";
import { ErrorPanel } from "@/components/error-panel";
import { Button } from "@/components/ui/button";
import { Card, CardContent, CardDescription, CardHeader, CardTitle } from "@/components/ui/card";
import { Input } from "@/components/ui/input";
import { Skeleton } from "@/components/ui/skeleton";
import { addPasskey, type Passkey, passkeysQuery, removePasskey } from "@/features/account/api";
import { strings } from "@/features/account/strings";
import { formatAgo } from "@/lib/format";

export function Passkeys() {
  const { data: passkeys, error } = useQuery(passkeysQuery);
  const [removing, setRemoving] = useState<Passkey | null>(null);
  return (
    <Card>
      <CardHeader>
        <CardTitle>{strings.passkeys}</CardTitle>
        <CardDescription>{strings.passkeysAbout}</CardDescription>
      </CardHeader>
      <CardContent className="grid gap-4">
        {error && <ErrorPanel error={error} />}
        {!passkeys && !error && <Skeleton className="h-6 w-40" />}
        {passkeys?.length === 0 && (
          <p className="text-sm text-muted-foreground">{strings.noPasskeys}</p>
        )}
        {passkeys && passkeys.length > 0 && (
          <ul className="divide-y">
            {passkeys.map((passkey) => (
              <PasskeyRow
                key={passkey.id}
                passkey={passkey}
                onRemove={() => setRemoving(passkey)}
              />
            ))}
          </ul>
        )}
        <AddPasskey />
      </CardContent>
      <ConfirmDialog
        open={removing !== null}
        onOpenChange={(open) => !open && setRemoving(null)}
        title={strings.removePasskey}
        description={strings.removePasskeyAbout(removing?.name ?? strings.unnamed)}
        action={strings.remove}
        onConfirm={() => removePasskey(removing?.id ?? "")}
      />
    </Card>
  );
}

function PasskeyRow({ passkey, onRemove }: { passkey: Passkey; onRemove: () => void }) {
  const told = passkey.last_used_at
    ? strings.used(formatAgo(passkey.last_used_at))
    : strings.added(formatAgo(passkey.created_at));
  return (
    <li className="flex items-center gap-3 py-2">
      <KeyRoundIcon className="size-4 text-muted-foreground" />
      <span className="min-w-0 flex-1">
        <span className="block truncate text-sm font-medium">
          {passkey.name ?? strings.unnamed}
        </span>
        <span className="block text-xs text-muted-foreground">{told}</span>
      </span>
      <Button variant="ghost" size="sm" onClick={onRemove}>
        {strings.remove}
      </Button>
    </li>
  );
}

function AddPasskey() {
  const [name, setName] = useState("");
  const [error, setError] = useState<unknown>(null);

  async function add() {
    setError(null);
    try {
      await addPasskey(name);
      setName("");
      toast.success(strings.passkeyAdded);
    } catch (caught) {
      setError(caught);
    }
  }

  return (
    <form
      className="grid gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        void add();
      }}
    >
      {error !== null && <ErrorPanel error={error} />}
      <div className="flex gap-2">
        <Input
          aria-label={strings.passkeyName}
          placeholder={strings.passkeyName}
          className="max-w-64"
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        <Button type="submit" variant="outline">
          {strings.addPasskey}
        </Button>
      </div>
    </form>
  );
}

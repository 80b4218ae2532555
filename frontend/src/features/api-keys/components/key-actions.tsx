import { Link } from "@tanstack/react-router";
import { EllipsisIcon, MessageCircleQuestionIcon, RefreshCwIcon, Trash2Icon } from "lucide-react";
import { useState } from "react";
import { toast } from "sonner";

import { ConfirmDialog } from "@/components/confirm-dialog/confirm-dialog";
import { Button } from "@/components/ui/button";
import {
  DropdownMenu,
  DropdownMenuContent,
  DropdownMenuItem,
  DropdownMenuTrigger,
} from "@/components/ui/dropdown-menu";
import { Label } from "@/components/ui/label";
import {
  Select,
  SelectContent,
  SelectItem,
  SelectTrigger,
  SelectValue,
} from "@/components/ui/select";
import { type ApiKey, revokeKey, rotateKey } from "@/features/api-keys/api";
import { strings } from "@/features/api-keys/strings";

type Props = {
  project: string;
  apiKey: ApiKey;
  onClose: () => void;
  onSecret: (secret: string) => void;
};

export function KeyActions({ project, apiKey, onClose, onSecret }: Props) {
  const [asking, setAsking] = useState<"rotate" | "revoke" | null>(null);
  const [grace, setGrace] = useState("86400");
  const shut = (isOpen: boolean) => !isOpen && setAsking(null);
  return (
    <>
      <Menu project={project} apiKey={apiKey} onAsk={setAsking} />
      <ConfirmDialog
        open={asking === "rotate"}
        onOpenChange={shut}
        isDestructive={false}
        title={strings.rotateTitle(apiKey.name)}
        description={<Grace value={grace} onChange={setGrace} />}
        action={strings.rotate}
        onConfirm={async () => {
          onSecret(await rotateKey(project, apiKey.id, Number(grace)));
          onClose();
        }}
      />
      <ConfirmDialog
        open={asking === "revoke"}
        onOpenChange={shut}
        title={strings.revokeTitle(apiKey.name)}
        description={strings.revokeAbout}
        action={strings.revoke}
        onConfirm={async () => {
          await revokeKey(project, apiKey.id);
          toast.success(strings.revoked);
          onClose();
        }}
      />
    </>
  );
}

function Menu({
  project,
  apiKey,
  onAsk,
}: Pick<Props, "project" | "apiKey"> & { onAsk: (what: "rotate" | "revoke") => void }) {
  return (
    <div className="mr-auto flex gap-1.5">
      <Button variant="outline" onClick={() => onAsk("rotate")}>
        <RefreshCwIcon />
        {strings.rotate}
      </Button>
      <DropdownMenu>
        <DropdownMenuTrigger asChild>
          <Button variant="ghost" size="icon" aria-label={strings.actions}>
            <EllipsisIcon />
          </Button>
        </DropdownMenuTrigger>
        <DropdownMenuContent align="start">
          <DropdownMenuItem asChild>
            <Link
              to={`/projects/${project}/policies/explain`}
              search={{ principal: `api_key:${apiKey.id}` }}
            >
              <MessageCircleQuestionIcon />
              {strings.explain}
            </Link>
          </DropdownMenuItem>
          <DropdownMenuItem variant="destructive" onSelect={() => onAsk("revoke")}>
            <Trash2Icon />
            {strings.revoke}
          </DropdownMenuItem>
        </DropdownMenuContent>
      </DropdownMenu>
    </div>
  );
}

function Grace({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  return (
    <div className="grid gap-3">
      <p>{strings.rotateAbout}</p>
      <Label htmlFor="grace">{strings.grace}</Label>
      <Select value={value} onValueChange={onChange}>
        <SelectTrigger id="grace">
          <SelectValue />
        </SelectTrigger>
        <SelectContent>
          {Object.entries(strings.graces).map(([seconds, label]) => (
            <SelectItem key={seconds} value={seconds}>
              {label}
            </SelectItem>
          ))}
        </SelectContent>
      </Select>
    </div>
  );
}

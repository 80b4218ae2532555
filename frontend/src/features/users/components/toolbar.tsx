import { useQuery } from "@tanstack/react-query";
import { PlusIcon } from "lucide-react";

import { SearchInput } from "@/components/search-input";
import { Button } from "@/components/ui/button";
import {
  Select,
  SelectContent,
  SelectItem,
  SelectTrigger,
  SelectValue,
} from "@/components/ui/select";
import { type Status, STATUSES } from "@/features/users/routes";
import { strings } from "@/features/users/strings";
import { useUsersSearch } from "@/features/users/use-users-search";
import { roleNamesQuery } from "@/lib/principals";

const ANY = "*";

export function Toolbar({ count, hasUsers }: { count: string; hasUsers: boolean }) {
  const { project, search, update } = useUsersSearch();
  const { data: roles = [] } = useQuery(roleNamesQuery(project));
  return (
    <div className="flex flex-wrap items-center gap-2 border-b px-3 py-2">
      <h1 className="text-base font-semibold">{strings.title}</h1>
      <span className="text-xs text-muted-foreground tabular-nums" aria-live="polite">
        {count}
      </span>
      <div className="ml-auto flex flex-wrap items-center gap-1.5 max-sm:w-full">
        <SearchInput
          label={strings.search}
          value={search.search ?? ""}
          onChange={(words) => update({ search: words || undefined }, true)}
        />
        <Choice
          label={strings.filterStatus}
          any={strings.anyStatus}
          options={STATUSES.map((each) => [each, strings.statuses[each]])}
          value={search.status}
          onChange={(status) => update({ status: status as Status | undefined })}
        />
        {roles.length > 0 && (
          <Choice
            label={strings.filterRole}
            any={strings.anyRole}
            options={roles.map((each) => [each, each])}
            value={search.role}
            onChange={(role) => update({ role })}
          />
        )}
        {hasUsers && <CreateButton />}
      </div>
    </div>
  );
}

export function CreateButton() {
  const { update, isAdmin } = useUsersSearch();
  if (!isAdmin) return null;
  return (
    <Button className="ml-auto" onClick={() => update({ user: "new" })}>
      <PlusIcon />
      {strings.create}
    </Button>
  );
}

function Choice({
  label,
  any,
  options,
  value,
  onChange,
}: {
  label: string;
  any: string;
  options: [string, string][];
  value: string | undefined;
  onChange: (value: string | undefined) => void;
}) {
  return (
    <Select
      value={value ?? ANY}
      onValueChange={(next) => onChange(next === ANY ? undefined : next)}
    >
      <SelectTrigger aria-label={label} className="w-32">
        <SelectValue />
      </SelectTrigger>
      <SelectContent>
        <SelectItem value={ANY}>{any}</SelectItem>
        {options.map(([name, text]) => (
          <SelectItem key={name} value={name}>
            {text}
          </SelectItem>
        ))}
      </SelectContent>
    </Select>
  );
}

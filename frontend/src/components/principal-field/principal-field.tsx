import { useQuery } from "@tanstack/react-query";

import { Input } from "@/components/ui/input";
import {
  Select,
  SelectContent,
  SelectItem,
  SelectTrigger,
  SelectValue,
} from "@/components/ui/select";
import { roleNamesQuery, someUsersQuery } from "@/lib/principals";

const KINDS = {
  project: "The project (everything)",
  trigger: "Whoever causes it",
  anonymous: "Anonymous visitors",
  role: "A role",
  user: "A user",
} as const;
export type PrincipalKind = keyof typeof KINDS;

type Described = { id?: string; "aria-invalid"?: true; "aria-describedby"?: string };

/** With whose rights something acts: `project`, `anonymous`, `role:<name>`, `user:<id>`. */
export function PrincipalInput({
  project,
  kinds = ["project", "anonymous", "role", "user"],
  value,
  onChange,
  described,
}: {
  project: string;
  kinds?: readonly PrincipalKind[];
  value: string;
  onChange: (value: string) => void;
  described?: Described;
}) {
  const [kind = "project", named = ""] = value.split(/:(.*)/);
  return (
    <div className="grid gap-2 sm:grid-cols-2">
      <Select
        value={kind}
        onValueChange={(next) => onChange(next === "role" || next === "user" ? `${next}:` : next)}
      >
        <SelectTrigger {...described}>
          <SelectValue />
        </SelectTrigger>
        <SelectContent>
          {kinds.map((each) => (
            <SelectItem key={each} value={each}>
              {KINDS[each]}
            </SelectItem>
          ))}
        </SelectContent>
      </Select>
      {kind === "role" && <RoleSelect project={project} value={named} onChange={onChange} />}
      {kind === "user" && <UserInput project={project} value={named} onChange={onChange} />}
    </div>
  );
}

type Named = { project: string; value: string; onChange: (value: string) => void };

function RoleSelect({ project, value, onChange }: Named) {
  const { data: roles = [] } = useQuery(roleNamesQuery(project));
  return (
    <Select value={value} onValueChange={(name) => onChange(`role:${name}`)}>
      <SelectTrigger aria-label="Role">
        <SelectValue placeholder={roles.length > 0 ? "Choose a role" : "There are no roles yet"} />
      </SelectTrigger>
      <SelectContent>
        {roles.map((name) => (
          <SelectItem key={name} value={name}>
            {name}
          </SelectItem>
        ))}
      </SelectContent>
    </Select>
  );
}

function UserInput({ project, value, onChange }: Named) {
  const { data: users = [] } = useQuery(someUsersQuery(project));
  return (
    <>
      <Input
        aria-label="User"
        placeholder="The user’s id"
        list="principal-users"
        value={value}
        onChange={(event) => onChange(`user:${event.target.value.trim()}`)}
      />
      <datalist id="principal-users">
        {users.map((user) => (
          <option key={user.id} value={user.id}>
            {user.name}
          </option>
        ))}
      </datalist>
    </>
  );
}

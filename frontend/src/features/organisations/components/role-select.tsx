import {
  Select,
  SelectContent,
  SelectItem,
  SelectTrigger,
  SelectValue,
} from "@/components/ui/select";
import type { Role } from "@/features/organisations/api";
import { strings } from "@/features/organisations/strings";

const ROLES = Object.entries(strings.roles) as [Role, string][];

export function RoleSelect({
  label,
  value,
  onChange,
}: {
  label: string;
  value: Role;
  onChange: (role: Role) => void;
}) {
  return (
    <Select value={value} onValueChange={(role) => onChange(role as Role)}>
      <SelectTrigger aria-label={label} className="w-28">
        <SelectValue />
      </SelectTrigger>
      <SelectContent>
        {ROLES.map(([role, name]) => (
          <SelectItem key={role} value={role}>
            {name}
          </SelectItem>
        ))}
      </SelectContent>
    </Select>
  );
}

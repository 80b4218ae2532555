import { RecordPicker } from "@/components/record-picker/record-picker";
import {
  Select,
  SelectContent,
  SelectItem,
  SelectTrigger,
  SelectValue,
} from "@/components/ui/select";
import { askable, isUser, principalLabel } from "@/features/policies/principals";
import { strings } from "@/features/policies/strings";
import { useGuarded, usePeople } from "@/features/policies/use-people";
import { useProject } from "@/routing/use-project";

const A_USER = "user:";

/** Whom a question is about: a kind of caller, a role, a key, or a certain user. */
export function PrincipalSelect({
  id,
  value,
  onChange,
}: {
  id?: string;
  value: string | undefined;
  onChange: (principal: string) => void;
}) {
  const people = usePeople();
  const { collections } = useGuarded();
  const { slug } = useProject();
  const users = collections.find(({ name }) => name === "users");
  const userId = isUser(value) ? value?.slice(A_USER.length) : undefined;
  const options = [...new Set([...askable(people), ...(value && !isUser(value) ? [value] : [])])];
  return (
    <div className="grid gap-2">
      <Select value={isUser(value) ? A_USER : (value ?? "")} onValueChange={onChange}>
        <SelectTrigger id={id} aria-label={id ? undefined : strings.asWhom}>
          <SelectValue placeholder={strings.asWhom} />
        </SelectTrigger>
        <SelectContent>
          <SelectItem value={A_USER}>{strings.aUser}</SelectItem>
          {options.map((principal) => (
            <SelectItem key={principal} value={principal}>
              {principalLabel(principal, people)}
            </SelectItem>
          ))}
        </SelectContent>
      </Select>
      {isUser(value) && users && (
        <RecordPicker
          project={slug}
          collection={users}
          value={userId || undefined}
          onChange={(user) => onChange(`${A_USER}${user ?? ""}`)}
          label={strings.user}
          placeholder={strings.chooseUser}
        />
      )}
    </div>
  );
}

import { isVariable, type Variable } from "@/components/condition-builder/conditions";
import type { Operator } from "@/components/condition-builder/operators";
import { VariableChip, VariableMenu } from "@/components/condition-builder/variable-menu";
import { Input } from "@/components/ui/input";
import {
  Select,
  SelectContent,
  SelectItem,
  SelectTrigger,
  SelectValue,
} from "@/components/ui/select";

const KINDS: Record<string, string> = { date: "date", datetime: "datetime-local" };
const NUMBERS = new Set(["int", "float", "decimal", "any"]);
const WORDS = new Map<string, unknown>([
  ["true", true],
  ["false", false],
]);

type Props = {
  type: string;
  values?: string[];
  operator: Operator;
  value: unknown;
  onChange: (value: unknown) => void;
};

/** What a condition compares with; a variable such as $user.id is a value too. */
export function ValueInput({ variables, ...props }: Props & { variables?: readonly Variable[] }) {
  const { value, onChange, operator } = props;
  if (!variables || operator.takes === "truth") return <PlainInput {...props} />;
  if (isVariable(value)) {
    const label = variables.find(({ name }) => name === value)?.label;
    return <VariableChip name={value} label={label} onRemove={() => onChange("")} />;
  }
  return (
    <div className="flex min-w-24 flex-1 items-center gap-1">
      <PlainInput {...props} />
      <VariableMenu variables={variables} onChoose={onChange} />
    </div>
  );
}

function PlainInput({ type, values, operator, value, onChange }: Props) {
  const isTruth = operator.takes === "truth" || (type === "boolean" && operator.takes === "value");
  if (isTruth)
    return (
      <Choice
        options={["true", "false"]}
        value={value}
        onChange={(text) => onChange(text === "true")}
      />
    );
  if (values && operator.takes === "value") {
    return <Choice options={values} value={value} onChange={onChange} />;
  }
  const isMany = operator.takes !== "value";
  return (
    <Input
      aria-label="Value"
      type={isMany ? "text" : (KINDS[type] ?? "text")}
      inputMode={NUMBERS.has(type) && type !== "any" ? "decimal" : undefined}
      placeholder={operator.takes === "pair" ? "from, to" : isMany ? "one, another" : undefined}
      className="min-w-24 flex-1"
      value={shown(value)}
      onChange={(event) =>
        onChange(isMany ? listOf(event.target.value, type) : typed(event.target.value, type))
      }
    />
  );
}

function Choice({
  options,
  value,
  onChange,
}: {
  options: string[];
  value: unknown;
  onChange: (value: string) => void;
}) {
  return (
    <Select value={value === "" ? "" : String(value)} onValueChange={onChange}>
      <SelectTrigger className="min-w-24 flex-1" aria-label="Value">
        <SelectValue placeholder="Choose" />
      </SelectTrigger>
      <SelectContent>
        {options.map((option) => (
          <SelectItem key={option} value={option}>
            {option}
          </SelectItem>
        ))}
      </SelectContent>
    </Select>
  );
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return value.join(", ");
  return value === undefined || value === null ? "" : String(value);
}

/** A number only where it is one in full: “1.” is on its way to become one. */
function typed(text: string, type: string): unknown {
  if (type === "any" && WORDS.has(text)) return WORDS.get(text);
  const isNumber = NUMBERS.has(type) && /^-?\d+(\.\d*[1-9])?$/.test(text);
  return isNumber && Number.isSafeInteger(Math.trunc(Number(text))) ? Number(text) : text;
}

function listOf(text: string, type: string): unknown {
  if (text === "") return "";
  return text.split(/,\s?/).map((each) => typed(each, type));
}

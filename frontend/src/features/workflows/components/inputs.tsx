import { FieldFrame } from "@/components/form/field";
import { Input } from "@/components/ui/input";
import {
  Select,
  SelectContent,
  SelectItem,
  SelectTrigger,
  SelectValue,
} from "@/components/ui/select";

type Common = { label: string; hint?: string; error?: string; className?: string };
export type Option = { value: string; label: string };

export function LineInput({
  value,
  onChange,
  placeholder,
  ...frame
}: Common & { value: string; onChange: (value: string) => void; placeholder?: string }) {
  return (
    <FieldFrame {...frame}>
      {(described) => (
        <Input
          {...described}
          value={value}
          placeholder={placeholder}
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </FieldFrame>
  );
}

export function ChoiceInput({
  value,
  options,
  placeholder,
  onChange,
  ...frame
}: Common & {
  value: string;
  options: readonly Option[];
  placeholder?: string;
  onChange: (value: string) => void;
}) {
  return (
    <FieldFrame {...frame}>
      {(described) => (
        <Select value={value} onValueChange={onChange}>
          <SelectTrigger {...described}>
            <SelectValue placeholder={placeholder} />
          </SelectTrigger>
          <SelectContent>
            {options.map((option) => (
              <SelectItem key={option.value} value={option.value}>
                {option.label}
              </SelectItem>
            ))}
          </SelectContent>
        </Select>
      )}
    </FieldFrame>
  );
}

/** A number, or nothing: what the API then takes is shown in its place. */
export function NumberInput({
  value,
  onChange,
  placeholder,
  ...frame
}: Common & {
  value: number | null | undefined;
  onChange: (value: number | undefined) => void;
  placeholder?: string;
}) {
  return (
    <FieldFrame {...frame}>
      {(described) => (
        <Input
          {...described}
          type="number"
          min={0}
          step="any"
          inputMode="decimal"
          placeholder={placeholder}
          value={value ?? ""}
          onChange={(event) =>
            onChange(event.target.value === "" ? undefined : Number(event.target.value))
          }
        />
      )}
    </FieldFrame>
  );
}

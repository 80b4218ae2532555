import { SearchIcon } from "lucide-react";
import { useEffect, useState } from "react";

import { Input } from "@/components/ui/input";
import { cn } from "@/lib/cn";

const SETTLED_MS = 250;

/** Words to look for, told when nobody has typed for a moment. */
export function SearchInput({
  label,
  value,
  onChange,
  className,
}: {
  label: string;
  value: string;
  onChange: (words: string) => void;
  className?: string;
}) {
  const [words, setWords] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => words !== value && onChange(words), SETTLED_MS);
    return () => clearTimeout(timer);
  });
  return (
    <div className={cn("relative w-60 max-sm:w-full", className)}>
      <SearchIcon
        aria-hidden
        className="absolute top-1/2 left-2.5 size-4 -translate-y-1/2 text-muted-foreground"
      />
      <Input
        type="search"
        aria-label={label}
        placeholder={label}
        className="pl-8"
        value={words}
        onChange={(event) => setWords(event.target.value)}
      />
    </div>
  );
}

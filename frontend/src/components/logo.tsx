import type { ComponentProps } from "react";

export function Logo(props: ComponentProps<"svg">) {
  return (
    <svg viewBox="0 0 32 32" aria-hidden {...props}>
      <rect width="32" height="32" rx="8" className="fill-primary" />
      <g fill="none" className="stroke-primary-foreground" strokeWidth="2.6" strokeLinecap="round">
        <path d="M9 10.5c0-1.7 3.1-3 7-3s7 1.3 7 3-3.1 3-7 3-7-1.3-7-3Z" />
        <path d="M9 16c0 1.7 3.1 3 7 3s7-1.3 7-3" />
        <path d="M9 21.5c0 1.7 3.1 3 7 3s7-1.3 7-3" />
      </g>
    </svg>
  );
}

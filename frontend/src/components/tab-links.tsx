import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";

export type TabLink = { to: string; label: string; isExact?: boolean; note?: ReactNode };

/** The parts of a screen that have addresses of their own. */
export function TabLinks({ label, links }: { label: string; links: readonly TabLink[] }) {
  return (
    <nav
      aria-label={label}
      className="mb-5 flex [scrollbar-width:none] gap-4 overflow-x-auto overflow-y-hidden border-b"
    >
      {links.map((link) => (
        <Link
          key={link.to}
          to={link.to}
          activeOptions={{ exact: link.isExact ?? false, includeSearch: false }}
          className="-mb-px inline-flex items-center gap-1.5 border-b-2 border-transparent py-2 text-sm font-medium whitespace-nowrap text-muted-foreground outline-offset-[-2px] hover:text-foreground [&.active]:border-primary [&.active]:text-foreground"
        >
          {link.label}
          {link.note}
        </Link>
      ))}
    </nav>
  );
}

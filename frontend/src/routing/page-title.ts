import { useMatches } from "@tanstack/react-router";

declare module "@tanstack/react-router" {
  interface StaticDataRouteOption {
    /** What the breadcrumbs and the window's title call the page. */
    title?: string;
  }
}

/** The titles of the pages above and including this one. */
export function usePageTitles(): string[] {
  return useMatches({
    select: (matches) => matches.flatMap((match) => match.staticData.title ?? []),
  });
}

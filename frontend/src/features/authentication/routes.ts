import { createRoute, lazyRouteComponent } from "@tanstack/react-router";

import { strings } from "@/features/authentication/strings";
import { projectRoute } from "@/routing/project-route";

export type AuthenticationSearch = {
  /** The provider in the dialog: its name, or `new`. */
  provider?: string;
  /** The kind of mail that is edited, and its language. */
  kind?: string;
  locale?: string;
};

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

export const authenticationRoute = createRoute({
  getParentRoute: () => projectRoute,
  path: "authentication/{-$view}",
  staticData: { title: strings.title },
  validateSearch: ({ provider, kind, locale }): AuthenticationSearch => ({
    provider: text(provider),
    kind: text(kind),
    locale: text(locale),
  }),
  component: lazyRouteComponent(
    () => import("@/features/authentication/authentication-page"),
    "AuthenticationPage",
  ),
});

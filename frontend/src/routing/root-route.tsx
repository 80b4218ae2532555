import { createRootRoute, Outlet } from "@tanstack/react-router";

import { ErrorPage } from "@/components/error-panel";
import { TooltipProvider } from "@/components/ui/tooltip";
import { Toaster } from "@/components/ui/sonner";
import { NotFound } from "@/components/not-found";

export const rootRoute = createRootRoute({
  component: Root,
  errorComponent: ErrorPage,
  notFoundComponent: () => <NotFound />,
});

function Root() {
  return (
    <TooltipProvider delayDuration={400}>
      <Outlet />
      <Toaster />
    </TooltipProvider>
  );
}

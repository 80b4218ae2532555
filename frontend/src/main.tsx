import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { queryClient } from "@/lib/query";
import { onSessionChange, signedInAdmin } from "@/lib/session";
import { router } from "@/router";
import "@/styles/main.css";

let signedInId = signedInAdmin()?.id;

// Another account, or none, in this tab or another: nothing of the last one may stay on screen.
onSessionChange(() => {
  const id = signedInAdmin()?.id;
  const wasSignedIn = signedInId !== undefined;
  if (id === signedInId) return;
  signedInId = id;
  if (!wasSignedIn) return;
  queryClient.clear();
  void router.invalidate();
});

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no #root.");

createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queryClient}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  </StrictMode>,
);

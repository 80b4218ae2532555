import { Outlet } from "@tanstack/react-router";

import { usePageTitles } from "@/routing/page-title";
import { Header } from "@/shell/header";
import { WindowTitle } from "@/shell/window-title";

/** Around the pages that belong to no project. */
export function AccountShell() {
  const titles = usePageTitles();
  return (
    <div className="flex min-h-dvh flex-col">
      <WindowTitle parts={titles} />
      <Header />
      <main id="content" className="flex-1">
        <Outlet />
      </main>
    </div>
  );
}

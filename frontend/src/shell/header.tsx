import { Link } from "@tanstack/react-router";
import { SearchIcon } from "lucide-react";
import { lazy, type ReactNode, Suspense, useEffect, useState } from "react";

import { Logo } from "@/components/logo";
import { Button } from "@/components/ui/button";
import { Kbd } from "@/components/ui/kbd";
import { AccountMenu } from "@/shell/account-menu";
import { strings } from "@/shell/strings";

const CommandPalette = lazy(() => import("@/shell/command-palette"));
const isMac = /Mac|iPhone|iPad/.test(navigator.userAgent);

export function Header({ menu, children }: { menu?: ReactNode; children?: ReactNode }) {
  return (
    <header className="sticky top-0 z-30 flex h-12 items-center gap-2 border-b bg-sidebar px-3">
      <a
        href="#content"
        className="sr-only z-50 rounded-md bg-popover px-3 py-1.5 shadow-lg focus:not-sr-only focus:absolute focus:top-2 focus:left-3"
      >
        {strings.skip}
      </a>
      {menu}
      <Link to="/projects" aria-label={strings.allProjects} className="rounded-md">
        <Logo className="size-6" />
      </Link>
      {children}
      <div className="ml-auto flex items-center gap-1.5">
        <PaletteButton />
        <AccountMenu />
      </div>
    </header>
  );
}

function PaletteButton() {
  const [isOpen, setOpen] = useState(false);
  const [wasOpened, setOpened] = useState(false);

  function open(next: boolean) {
    setOpened(true);
    setOpen(next);
  }

  useEffect(() => {
    function listen(event: KeyboardEvent) {
      if (event.key.toLowerCase() !== "k" || !(event.metaKey || event.ctrlKey)) return;
      event.preventDefault();
      setOpened(true);
      setOpen((shown) => !shown);
    }
    window.addEventListener("keydown", listen);
    return () => window.removeEventListener("keydown", listen);
  }, []);

  return (
    <>
      <Button
        variant="outline"
        className="px-2 font-normal text-muted-foreground sm:w-52 sm:justify-start"
        onClick={() => open(true)}
      >
        <SearchIcon />
        <span className="sr-only flex-1 text-left sm:not-sr-only">{strings.search}</span>
        <Kbd aria-hidden className="hidden sm:inline-flex">
          {isMac ? "⌘K" : "Ctrl K"}
        </Kbd>
      </Button>
      {wasOpened && (
        <Suspense>
          <CommandPalette open={isOpen} onOpenChange={open} />
        </Suspense>
      )}
    </>
  );
}

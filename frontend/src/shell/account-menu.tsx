import { useNavigate } from "@tanstack/react-router";
import { BookOpenIcon, LogOutIcon, SettingsIcon } from "lucide-react";
import { useSyncExternalStore } from "react";

import { Avatar } from "@/components/ui/avatar";
import { Button } from "@/components/ui/button";
import {
  DropdownMenu,
  DropdownMenuContent,
  DropdownMenuItem,
  DropdownMenuLabel,
  DropdownMenuRadioGroup,
  DropdownMenuRadioItem,
  DropdownMenuSeparator,
  DropdownMenuTrigger,
} from "@/components/ui/dropdown-menu";
import { onSessionChange, signedInAdmin } from "@/lib/session";
import { setTheme, type Theme, useTheme } from "@/lib/theme";
import { strings } from "@/shell/strings";
import { useSignOut } from "@/shell/use-sign-out";

export function AccountMenu() {
  const admin = useSyncExternalStore(onSessionChange, signedInAdmin);
  const navigate = useNavigate();
  const signOut = useSignOut();
  if (admin === null) return null;
  return (
    <DropdownMenu>
      <DropdownMenuTrigger asChild>
        <Button variant="ghost" size="icon" aria-label={strings.accountMenu}>
          <Avatar name={admin.name ?? admin.email} />
        </Button>
      </DropdownMenuTrigger>
      <DropdownMenuContent align="end" className="w-60">
        <div className="px-2 py-1.5">
          <p className="truncate text-sm font-medium">{admin.name ?? admin.email}</p>
          {admin.name && <p className="truncate text-xs text-muted-foreground">{admin.email}</p>}
        </div>
        <DropdownMenuSeparator />
        <DropdownMenuItem onSelect={() => void navigate({ to: "/account" })}>
          <SettingsIcon />
          {strings.account}
        </DropdownMenuItem>
        <DropdownMenuItem asChild>
          <a href="/docs">
            <BookOpenIcon />
            {strings.apiDocs}
          </a>
        </DropdownMenuItem>
        <DropdownMenuSeparator />
        <ThemeChoice />
        <DropdownMenuSeparator />
        <DropdownMenuItem onSelect={() => void signOut()}>
          <LogOutIcon />
          {strings.signOut}
        </DropdownMenuItem>
      </DropdownMenuContent>
    </DropdownMenu>
  );
}

function ThemeChoice() {
  const { theme } = useTheme();
  return (
    <>
      <DropdownMenuLabel>{strings.theme}</DropdownMenuLabel>
      <DropdownMenuRadioGroup value={theme} onValueChange={(value) => setTheme(value as Theme)}>
        {(Object.keys(strings.themes) as Theme[]).map((name) => (
          <DropdownMenuRadioItem
            key={name}
            value={name}
            onSelect={(event) => event.preventDefault()}
          >
            {strings.themes[name]}
          </DropdownMenuRadioItem>
        ))}
      </DropdownMenuRadioGroup>
    </>
  );
}

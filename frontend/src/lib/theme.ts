import { useSyncExternalStore } from "react";

export type Theme = "system" | "light" | "dark";

const KEY = "backendify.theme";
const prefersDark = window.matchMedia("(prefers-color-scheme: dark)");
const listeners = new Set<() => void>();

function stored(): Theme {
  try {
    const value = localStorage.getItem(KEY);
    return value === "light" || value === "dark" ? value : "system";
  } catch {
    return "system";
  }
}

let theme = stored();

function isDark(): boolean {
  return theme === "dark" || (theme === "system" && prefersDark.matches);
}

function apply(): void {
  document.documentElement.classList.toggle("dark", isDark());
  for (const listener of listeners) listener();
}

export function setTheme(next: Theme): void {
  theme = next;
  try {
    if (next === "system") localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, next);
  } catch {
    // Storage is refused: the choice lasts as long as the page.
  }
  apply();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** What was chosen, and whether the page is dark now. */
export function useTheme(): { theme: Theme; isDark: boolean } {
  return {
    theme: useSyncExternalStore(subscribe, () => theme),
    isDark: useSyncExternalStore(subscribe, isDark),
  };
}

prefersDark.addEventListener("change", apply);
window.addEventListener("storage", (event) => {
  if (event.key !== KEY) return;
  theme = stored();
  apply();
});

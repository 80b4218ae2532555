import { Toaster as Sonner } from "sonner";

import { useTheme } from "@/lib/theme";

export function Toaster() {
  const { isDark } = useTheme();
  return (
    <Sonner
      theme={isDark ? "dark" : "light"}
      // Buttons that matter stand on the right: at the foot of a sheet, at the head of a page.
      position="bottom-left"
      toastOptions={{
        style: {
          background: "var(--popover)",
          color: "var(--popover-foreground)",
          border: "1px solid var(--border)",
          fontFamily: "var(--font-text)",
        },
      }}
    />
  );
}

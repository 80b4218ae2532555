import type { ReactNode } from "react";

import { Logo } from "@/components/logo";

/** A page before anyone is signed in: one column, one task. */
export function AuthLayout({
  title,
  about,
  steps,
  children,
}: {
  title: string;
  about?: string;
  steps?: ReactNode;
  children: ReactNode;
}) {
  return (
    <main className="flex min-h-dvh flex-col items-center bg-sidebar px-4 pt-[12vh] pb-12">
      <Logo className="size-10" />
      <h1 className="mt-5 text-center text-xl font-semibold">{title}</h1>
      {about && (
        <p className="mt-1.5 max-w-sm text-center text-balance text-muted-foreground">{about}</p>
      )}
      {steps}
      <div className="mt-6 w-full max-w-sm rounded-xl border bg-card p-5 shadow-xs sm:p-6">
        {children}
      </div>
    </main>
  );
}

/** Where one is in a short sequence. */
export function Steps({ names, current }: { names: readonly string[]; current: number }) {
  return (
    <ol className="mt-6 flex items-center gap-2 text-xs">
      {names.map((name, index) => (
        <li
          key={name}
          aria-current={index === current ? "step" : undefined}
          className="flex items-center gap-2 text-muted-foreground aria-[current=step]:font-medium aria-[current=step]:text-foreground"
        >
          {index > 0 && <span aria-hidden className="h-px w-6 bg-border" />}
          <span
            aria-hidden
            className={
              index <= current
                ? "flex size-5 items-center justify-center rounded-full bg-primary text-primary-foreground"
                : "flex size-5 items-center justify-center rounded-full border"
            }
          >
            {index + 1}
          </span>
          {name}
        </li>
      ))}
    </ol>
  );
}

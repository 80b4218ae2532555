import type { ReactNode } from "react";

/** A workflow over the whole height: its name and what can be done, and one content below. */
export function Frame({
  title,
  about,
  actions,
  tabs,
  children,
}: {
  title: string;
  about?: ReactNode;
  actions: ReactNode;
  tabs?: ReactNode;
  children: ReactNode;
}) {
  return (
    <div className="flex min-h-[calc(100dvh-3rem)] flex-col lg:h-[calc(100dvh-3rem)]">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2 border-b px-4 py-2">
        <div className="flex min-w-0 flex-1 basis-48 flex-wrap items-center gap-x-3 gap-y-1">
          <h1 className="truncate text-base font-semibold">{title}</h1>
          {about}
        </div>
        <div className="flex flex-wrap items-center gap-2">{actions}</div>
      </div>
      {tabs}
      {children}
    </div>
  );
}

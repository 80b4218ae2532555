import { Link } from "@tanstack/react-router";

import { strings } from "@/features/data/strings";
import type { Collection } from "@/lib/collections";
import { collectionLabel } from "@/lib/fields";

export function CollectionList({
  project,
  collections,
  current,
}: {
  project: string;
  collections: readonly Collection[];
  current: string;
}) {
  return (
    <nav
      aria-label={strings.collections}
      className="hidden w-44 shrink-0 overflow-y-auto border-r p-2.5 md:block"
    >
      <p className="px-2 pb-1 text-xs font-medium text-muted-foreground">{strings.collections}</p>
      <ul className="grid gap-px">
        {collections.map((collection) => (
          <li key={collection.name}>
            <Link
              to={`/projects/${project}/data/${collection.name}`}
              aria-current={collection.name === current ? "page" : undefined}
              className="flex h-8 items-center rounded-md px-2 text-sm text-muted-foreground hover:bg-accent hover:text-foreground aria-[current=page]:bg-accent aria-[current=page]:font-medium aria-[current=page]:text-foreground"
            >
              <span className="truncate">{collectionLabel(collection)}</span>
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}

import { Link, useNavigate } from "@tanstack/react-router";
import { PlusIcon } from "lucide-react";

import { Button } from "@/components/ui/button";
import {
  Select,
  SelectContent,
  SelectItem,
  SelectTrigger,
  SelectValue,
} from "@/components/ui/select";
import { standingOf } from "@/features/schema/standing";
import { strings } from "@/features/schema/strings";
import type { Working } from "@/features/schema/use-draft";
import { useSchemaSearch } from "@/features/schema/use-schema-search";
import { collectionLabel } from "@/lib/fields";
import { useIsAdmin } from "@/routing/use-project";

export function CreateButton() {
  const { update } = useSchemaSearch();
  if (!useIsAdmin()) return null;
  return (
    <Button onClick={() => update({ create: true })}>
      <PlusIcon />
      {strings.newCollection}
    </Button>
  );
}

export function CollectionNav({ working, current }: { working: Working; current: string }) {
  const { project, document, state, mayEdit } = working;
  const { update } = useSchemaSearch();
  return (
    <nav
      aria-label={strings.collections}
      className="hidden w-48 shrink-0 overflow-y-auto border-r p-2.5 md:block"
    >
      <div className="flex items-center justify-between pb-1 pl-2">
        <p className="text-xs font-medium text-muted-foreground">{strings.collections}</p>
        {mayEdit && (
          <Button
            variant="ghost"
            size="icon-sm"
            aria-label={strings.newCollection}
            title={strings.newCollection}
            onClick={() => update({ create: true })}
          >
            <PlusIcon />
          </Button>
        )}
      </div>
      <ul className="grid gap-px">
        {document.collections.map((collection) => {
          const standing = standingOf(collection, state.schema.collections);
          return (
            <li key={collection.name}>
              <Link
                to={`/projects/${project}/schema/${collection.name}`}
                aria-current={collection.name === current ? "page" : undefined}
                className="flex h-8 items-center gap-2 rounded-md px-2 text-sm text-muted-foreground hover:bg-accent hover:text-foreground aria-[current=page]:bg-accent aria-[current=page]:font-medium aria-[current=page]:text-foreground"
              >
                <span className="min-w-0 flex-1 truncate">{collectionLabel(collection)}</span>
                {standing !== "same" && (
                  <span
                    role="img"
                    aria-label={strings[standing]}
                    title={strings[standing]}
                    className="size-1.5 rounded-full bg-primary"
                  />
                )}
              </Link>
            </li>
          );
        })}
      </ul>
    </nav>
  );
}

/** On a phone, in the place of the list. */
export function CollectionSelect({ working, current }: { working: Working; current: string }) {
  const navigate = useNavigate();
  const { project, document } = working;
  return (
    <div className="mb-4 flex gap-2 md:hidden">
      <Select
        value={current}
        onValueChange={(name) => void navigate({ to: `/projects/${project}/schema/${name}` })}
      >
        <SelectTrigger aria-label={strings.collections}>
          <SelectValue />
        </SelectTrigger>
        <SelectContent>
          {document.collections.map((each) => (
            <SelectItem key={each.name} value={each.name}>
              {collectionLabel(each)}
            </SelectItem>
          ))}
        </SelectContent>
      </Select>
      <CreateButton />
    </div>
  );
}

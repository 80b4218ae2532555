import { ArrowDownIcon, ArrowUpIcon, PlusIcon } from "lucide-react";
import type { ReactNode } from "react";

import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { type Composite, compositesOf, nameOf } from "@/features/schema/collection/composites";
import { rulesOf } from "@/features/schema/collection/rules";
import { strings } from "@/features/schema/strings";
import { useSchemaSearch } from "@/features/schema/use-schema-search";
import type { Collection } from "@/lib/collections";

/** What a collection has besides fields: indexes over several, and rules between them. */
export function Extras({ collection, mayEdit }: { collection: Collection; mayEdit: boolean }) {
  const { update } = useSchemaSearch();
  const rules = rulesOf(collection);
  return (
    <div className="mt-6 grid grid-cols-1 items-start gap-6 lg:grid-cols-2">
      <Section
        title={strings.composites}
        none={strings.compositesNone}
        action={strings.addComposite}
        onAdd={mayEdit ? () => update({ index: "new" }) : undefined}
      >
        {compositesOf(collection).map((composite) => (
          <Line key={nameOf(composite)} onOpen={() => update({ index: nameOf(composite) })}>
            <Parts composite={composite} />
          </Line>
        ))}
      </Section>
      <Section
        title={strings.conditions}
        none={strings.conditionsNone}
        action={strings.addCondition}
        onAdd={mayEdit ? () => update({ rule: "new" }) : undefined}
      >
        {rules.map((rule, place) => (
          <Line key={place} onOpen={() => update({ rule: String(place) })}>
            <span className="truncate">{rule.message || strings.ruleUntold}</span>
          </Line>
        ))}
      </Section>
    </div>
  );
}

function Section({
  title,
  none,
  action,
  onAdd,
  children,
}: {
  title: string;
  none: string;
  action: string;
  onAdd: (() => void) | undefined;
  children: ReactNode[];
}) {
  return (
    <section aria-label={title} className="grid min-w-0 gap-2">
      <div className="flex items-center justify-between gap-2">
        <h2 className="text-sm font-medium">{title}</h2>
        {onAdd && (
          <Button variant="ghost" size="sm" onClick={onAdd}>
            <PlusIcon />
            {action}
          </Button>
        )}
      </div>
      <Card className="overflow-hidden">
        {children.length > 0 ? (
          <ul className="divide-y">{children}</ul>
        ) : (
          <p className="px-4 py-3 text-sm text-muted-foreground">{none}</p>
        )}
      </Card>
    </section>
  );
}

function Line({ onOpen, children }: { onOpen: () => void; children: ReactNode }) {
  return (
    <li>
      <button
        type="button"
        onClick={onOpen}
        className="flex min-h-10 w-full min-w-0 flex-wrap items-center gap-1.5 px-4 py-2 text-left text-sm -outline-offset-2 hover:bg-accent"
      >
        {children}
      </button>
    </li>
  );
}

function Parts({ composite: { isUnique, parts } }: { composite: Composite }) {
  return (
    <>
      {parts.map(({ name, descending }) => (
        <span key={name} className="inline-flex items-center gap-1 font-mono text-sm">
          {name}
          {!isUnique &&
            (descending ? (
              <ArrowDownIcon aria-label={strings.descending} className="size-3.5 opacity-60" />
            ) : (
              <ArrowUpIcon aria-label={strings.ascending} className="size-3.5 opacity-60" />
            ))}
        </span>
      ))}
      {isUnique && (
        <Badge variant="secondary" className="ml-auto">
          {strings.together}
        </Badge>
      )}
    </>
  );
}

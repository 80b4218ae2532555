import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ArrowUpRightIcon } from "lucide-react";

import { Button } from "@/components/ui/button";
import { type RecordData, relatedQuery } from "@/features/data/api";
import type { ExplorerProps } from "@/features/data/components/explorer";
import { strings } from "@/features/data/strings";
import type { Collection, Field } from "@/lib/collections";
import { collectionLabel, isBelongsTo, labelField } from "@/lib/fields";

type Incoming = { collection: Collection; field: Field };

/** Records of other collections that belong to this one. */
export function RelatedLists({
  project,
  collection,
  collections,
  record,
}: ExplorerProps & { record: RecordData }) {
  const incoming = collections.flatMap((each) =>
    each.fields
      .filter((field) => isBelongsTo(field) && field.to === collection.name)
      .map((field): Incoming => ({ collection: each, field })),
  );
  return incoming.map(({ collection: from, field }) => (
    <RelatedList
      key={`${from.name}.${field.name}`}
      project={project}
      from={from}
      field={field}
      id={record.id}
    />
  ));
}

function RelatedList({
  project,
  from,
  field,
  id,
}: {
  project: string;
  from: Collection;
  field: Field;
  id: string | number;
}) {
  const { data } = useQuery(relatedQuery(project, from.name, field.name, id));
  const label = labelField(from);
  const name = collectionLabel(from);
  if (!data || data.data.length === 0) return null;
  return (
    <section className="mt-2 border-t pt-4">
      <div className="mb-1 flex items-center justify-between gap-2">
        <h3 className="text-xs font-medium text-muted-foreground">
          {strings.related(name, field.name)}
        </h3>
        <Button variant="ghost" size="sm" asChild>
          <Link
            to={`/projects/${project}/data/${from.name}`}
            search={{ filter: { [field.name]: id } }}
          >
            {strings.relatedOpen(name)}
            <ArrowUpRightIcon />
          </Link>
        </Button>
      </div>
      <ul className="divide-y rounded-lg border">
        {data.data.map((each) => (
          <li key={each.id}>
            <Link
              to={`/projects/${project}/data/${from.name}`}
              search={{ record: String(each.id) }}
              className="block truncate px-3 py-1.5 text-sm hover:bg-accent"
            >
              {String(each[label] ?? each.id)}
            </Link>
          </li>
        ))}
      </ul>
    </section>
  );
}

import { Link, useNavigate } from "@tanstack/react-router";
import { ColumnsIcon, PlusIcon, Settings2Icon, TableIcon, Trash2Icon } from "lucide-react";

import { ConfirmButton } from "@/components/confirm-dialog/confirm-button";
import { EmptyState } from "@/components/empty-state";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { CollectionSelect } from "@/features/schema/collection/collection-nav";
import { FieldList } from "@/features/schema/collection/field-list";
import { Extras } from "@/features/schema/collection/extras";
import { IndexSheet } from "@/features/schema/collection/index-sheet";
import { RuleSheet } from "@/features/schema/collection/rule-sheet";
import { goneWith, withoutCollection } from "@/features/schema/editing";
import { FieldSheet } from "@/features/schema/field/field-sheet";
import { standingOf } from "@/features/schema/standing";
import { strings } from "@/features/schema/strings";
import type { Working } from "@/features/schema/use-draft";
import { useSchemaSearch } from "@/features/schema/use-schema-search";
import type { Collection } from "@/lib/collections";
import { collectionLabel } from "@/lib/fields";

export function CollectionPanel({
  working,
  collection,
}: {
  working: Working;
  collection: Collection;
}) {
  const { update } = useSchemaSearch();
  const { mayEdit } = working;
  const isStored = standingOf(collection, working.state.schema.collections) !== "added";
  return (
    <div className="mx-auto max-w-4xl px-4 py-6 sm:px-8">
      <CollectionSelect working={working} current={collection.name} />
      <div className="mb-4 flex flex-wrap items-start gap-2">
        <div className="mr-auto min-w-0">
          <h1 className="text-xl font-semibold">{collectionLabel(collection)}</h1>
          <p className="font-mono text-xs text-muted-foreground">{collection.name}</p>
          {collection.description && <p className="mt-1 text-sm">{collection.description}</p>}
        </div>
        {isStored && (
          <Button variant="outline" asChild>
            <Link to={`/projects/${working.project}/data/${collection.name}`}>
              <TableIcon />
              {strings.openData}
            </Link>
          </Button>
        )}
        {mayEdit && (
          <Button
            variant="outline"
            size="icon"
            aria-label={strings.settings}
            title={strings.settings}
            onClick={() => update({ settings: true })}
          >
            <Settings2Icon />
          </Button>
        )}
        {mayEdit && !collection.system && (
          <RemoveCollection working={working} collection={collection} />
        )}
        {mayEdit && (
          <Button onClick={() => update({ field: "new" })}>
            <PlusIcon />
            {strings.addField}
          </Button>
        )}
      </div>
      <Card className="overflow-hidden">
        {collection.fields.length > 0 ? (
          <FieldList working={working} collection={collection} />
        ) : (
          <EmptyState icon={ColumnsIcon} title={strings.noFields}>
            <p>{strings.noFieldsAbout}</p>
          </EmptyState>
        )}
      </Card>
      <Extras collection={collection} mayEdit={mayEdit} />
      <FieldSheet working={working} collection={collection} />
      <IndexSheet working={working} collection={collection} />
      <RuleSheet working={working} collection={collection} />
    </div>
  );
}

function RemoveCollection({ working, collection }: { working: Working; collection: Collection }) {
  const navigate = useNavigate();
  const after = withoutCollection(working.document, collection.name);

  async function remove() {
    await working.edit((document) => withoutCollection(document, collection.name));
    await navigate({ to: `/projects/${working.project}/schema` });
  }

  return (
    <ConfirmButton
      variant="outline"
      size="icon"
      label={strings.removeCollectionAction}
      title={strings.removeCollection(collection.name)}
      description={strings.removeAbout(goneWith(working.document, after, collection.name))}
      action={strings.remove}
      onConfirm={remove}
    >
      <Trash2Icon />
    </ConfirmButton>
  );
}

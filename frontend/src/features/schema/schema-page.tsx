import { Navigate } from "@tanstack/react-router";
import { NetworkIcon } from "lucide-react";

import { EmptyState } from "@/components/empty-state";
import { NotFound } from "@/components/not-found";
import { CollectionDialog } from "@/features/schema/collection/collection-dialog";
import { CollectionNav, CreateButton } from "@/features/schema/collection/collection-nav";
import { CollectionPanel } from "@/features/schema/collection/collection-panel";
import { DraftBar } from "@/features/schema/draft/draft-bar";
import { JobsBar } from "@/features/schema/draft/jobs-bar";
import { PlanSheet } from "@/features/schema/draft/plan-sheet";
import { schemaRoute } from "@/features/schema/routes";
import { strings } from "@/features/schema/strings";
import { useDraft, type Working } from "@/features/schema/use-draft";

export function SchemaPage() {
  const { project, collection: name } = schemaRoute.useParams();
  const search = schemaRoute.useSearch();
  const working = useDraft(project);
  const own = working.document.collections.filter((each) => !each.system);
  if (name === undefined && own[0]) {
    return <Navigate to={`/projects/${project}/schema/${own[0].name}`} search={search} replace />;
  }
  return (
    <div className="flex h-[calc(100dvh-3rem)] min-h-0 flex-col">
      <DraftBar working={working} />
      <JobsBar project={project} />
      <div className="flex min-h-0 flex-1">
        {name !== undefined && <CollectionNav working={working} current={name} />}
        <div className="min-w-0 flex-1 overflow-y-auto">
          <Content working={working} name={name} />
        </div>
      </div>
      <CollectionDialog
        working={working}
        collection={working.document.collections.find((each) => each.name === name)}
      />
      <PlanSheet working={working} />
    </div>
  );
}

function Content({ working, name }: { working: Working; name?: string }) {
  if (name === undefined) {
    return (
      <>
        <h1 className="sr-only">{strings.title}</h1>
        <EmptyState icon={NetworkIcon} title={strings.noneTitle} action={<CreateButton />}>
          <p>{strings.noneAbout}</p>
        </EmptyState>
      </>
    );
  }
  const collection = working.document.collections.find((each) => each.name === name);
  if (!collection) return <NotFound />;
  return <CollectionPanel key={name} working={working} collection={collection} />;
}

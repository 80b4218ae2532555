import { useSuspenseQuery } from "@tanstack/react-query";
import { Link, Navigate } from "@tanstack/react-router";
import { TableIcon } from "lucide-react";

import { EmptyState } from "@/components/empty-state";
import { NotFound } from "@/components/not-found";
import { Button } from "@/components/ui/button";
import { CollectionList } from "@/features/data/components/collection-list";
import { Explorer } from "@/features/data/components/explorer";
import { dataRoute } from "@/features/data/routes";
import { strings } from "@/features/data/strings";
import { collectionsQuery } from "@/lib/collections";

export function DataPage() {
  const { project, collection: name } = dataRoute.useParams();
  const { data: collections } = useSuspenseQuery(collectionsQuery(project));
  const own = collections.filter((each) => each.name !== "users");
  if (name === undefined) {
    const first = own[0];
    if (!first) return <None project={project} />;
    return <Navigate to={`/projects/${project}/data/${first.name}`} replace />;
  }
  const collection = collections.find((each) => each.name === name);
  if (!collection) return <NotFound />;
  return (
    <div className="flex h-[calc(100dvh-3rem)] min-h-0">
      <CollectionList project={project} collections={collections} current={name} />
      <Explorer key={name} project={project} collection={collection} collections={collections} />
    </div>
  );
}

function None({ project }: { project: string }) {
  return (
    <div className="flex min-h-[70dvh] items-center justify-center">
      <h1 className="sr-only">{strings.title}</h1>
      <EmptyState
        icon={TableIcon}
        title={strings.noneTitle}
        action={
          <Button asChild>
            <Link to={`/projects/${project}/schema`}>{strings.toSchema}</Link>
          </Button>
        }
      >
        <p>{strings.noneAbout}</p>
      </EmptyState>
    </div>
  );
}

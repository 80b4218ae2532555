import { useNavigate } from "@tanstack/react-router";
import { NetworkIcon, PlusIcon } from "lucide-react";
import { lazy, Suspense } from "react";

import { EmptyState } from "@/components/empty-state";
import { Page } from "@/components/page";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Skeleton } from "@/components/ui/skeleton";
import { DraftBar } from "@/features/schema/draft/draft-bar";
import { JobsBar } from "@/features/schema/draft/jobs-bar";
import { PlanSheet } from "@/features/schema/draft/plan-sheet";
import { RelationDialog } from "@/features/schema/diagram/relation-dialog";
import { RelationTable } from "@/features/schema/diagram/relation-table";
import { relationsRoute } from "@/features/schema/routes";
import { strings } from "@/features/schema/strings";
import { useDraft } from "@/features/schema/use-draft";

const Canvas = lazy(() => import("@/features/schema/diagram/canvas"));

/** How collections lead to each other: looked at, and drawn. */
export function RelationsPage() {
  const { project } = relationsRoute.useParams();
  const { relate } = relationsRoute.useSearch();
  const navigate = useNavigate();
  const working = useDraft(project);
  const { collections } = working.document;
  const [first, second] = collections.filter((each) => !each.system);

  function draw(from?: string, to?: string) {
    const ends = from && to ? `${from},${to}` : undefined;
    void navigate({ to: ".", search: (now: object) => ({ ...now, relate: ends }) });
  }

  const [from = "", to = ""] = relate?.split(",") ?? [];
  return (
    <>
      <DraftBar working={working} />
      <JobsBar project={project} />
      <Page
        title={strings.relations}
        description={strings.relationsAbout}
        className="max-w-6xl"
        actions={
          first &&
          working.mayEdit && (
            <Button onClick={() => draw(first.name, second?.name ?? first.name)}>
              <PlusIcon />
              {strings.newRelation}
            </Button>
          )
        }
      >
        {first ? (
          <div className="grid grid-cols-1 gap-4">
            <Card className="h-[min(36rem,70dvh)] overflow-hidden">
              <Suspense fallback={<Skeleton className="size-full" />}>
                <Canvas
                  working={working}
                  onDraw={draw}
                  onOpen={(relation) =>
                    void navigate({
                      to: `/projects/${project}/schema/${relation.from}`,
                      search: { field: relation.field.name },
                    })
                  }
                />
              </Suspense>
            </Card>
            <RelationTable working={working} />
          </div>
        ) : (
          <Card>
            <EmptyState icon={NetworkIcon} title={strings.noneTitle}>
              <p>{strings.noneAbout}</p>
            </EmptyState>
          </Card>
        )}
      </Page>
      <RelationDialog
        working={working}
        ends={relate ? { from, to } : null}
        onClose={() => draw()}
      />
      <PlanSheet working={working} />
    </>
  );
}

import { useQuery } from "@tanstack/react-query";
import { LayoutTemplateIcon, PlusIcon } from "lucide-react";

import { NotFound } from "@/components/not-found";
import { Page } from "@/components/page";
import { TabLinks } from "@/components/tab-links";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import {
  DropdownMenu,
  DropdownMenuContent,
  DropdownMenuItem,
  DropdownMenuTrigger,
} from "@/components/ui/dropdown-menu";
import { findingsQuery } from "@/features/policies/api";
import { AccessView } from "@/features/policies/components/access-view";
import { CellSheet } from "@/features/policies/components/cell-sheet";
import { ExplainView } from "@/features/policies/components/explain-view";
import { FindingsView } from "@/features/policies/components/findings-view";
import { PolicyList } from "@/features/policies/components/policy-list";
import { PolicySheet } from "@/features/policies/components/policy-sheet";
import { TemplateDialog } from "@/features/policies/components/template-dialog";
import { TestSheet } from "@/features/policies/components/test-sheet";
import { TestsView } from "@/features/policies/components/tests-view";
import { policiesRoute } from "@/features/policies/routes";
import { strings } from "@/features/policies/strings";
import { usePoliciesSearch } from "@/features/policies/use-policies-search";
import { useIsAdmin } from "@/routing/use-project";

const VIEWS: Record<string, () => React.ReactNode> = {
  "": AccessView,
  list: PolicyList,
  explain: ExplainView,
  tests: TestsView,
  findings: FindingsView,
};

export function PoliciesPage() {
  const { project, view = "" } = policiesRoute.useParams();
  const isAdmin = useIsAdmin();
  const View = VIEWS[view];
  if (!View) return <NotFound />;
  return (
    <Page
      title={strings.title}
      description={strings.about}
      actions={isAdmin && <CreateMenu />}
      className="max-w-7xl"
    >
      <Views project={project} isAdmin={isAdmin} />
      <View />
      <CellSheet />
      <PolicySheet />
      <TemplateDialog />
      <TestSheet />
    </Page>
  );
}

function Views({ project, isAdmin }: { project: string; isAdmin: boolean }) {
  const { data: findings } = useQuery(findingsQuery(project));
  const count = findings?.filter(({ severity }) => severity !== "info").length ?? 0;
  const base = `/projects/${project}/policies`;
  const note = count > 0 && <Badge variant="warning">{count}</Badge>;
  return (
    <TabLinks
      label={strings.parts}
      links={[
        { to: base, label: strings.views.matrix, isExact: true },
        { to: `${base}/list`, label: strings.views.list },
        ...(isAdmin ? [{ to: `${base}/explain`, label: strings.views.explain }] : []),
        { to: `${base}/tests`, label: strings.views.tests },
        { to: `${base}/findings`, label: strings.views.findings, note },
      ]}
    />
  );
}

function CreateMenu() {
  const { update } = usePoliciesSearch();
  return (
    <DropdownMenu>
      <DropdownMenuTrigger asChild>
        <Button>
          <PlusIcon />
          {strings.create}
        </Button>
      </DropdownMenuTrigger>
      <DropdownMenuContent align="end">
        <DropdownMenuItem onSelect={() => update({ policy: "new" })}>
          <PlusIcon />
          {strings.blank}
        </DropdownMenuItem>
        <DropdownMenuItem onSelect={() => update({ template: "public_read" })}>
          <LayoutTemplateIcon />
          {strings.template}
        </DropdownMenuItem>
      </DropdownMenuContent>
    </DropdownMenu>
  );
}

import { useSuspenseQuery } from "@tanstack/react-query";

import { CopyButton } from "@/components/copy-button";
import { Page } from "@/components/page";
import { Card } from "@/components/ui/card";
import { Activity } from "@/features/overview/components/activity";
import { GettingStarted } from "@/features/overview/components/getting-started";
import { HealthBadge } from "@/features/overview/components/health-badge";
import { Traffic } from "@/features/overview/components/traffic";
import { strings } from "@/features/overview/strings";
import { collectionsQuery } from "@/lib/collections";
import { formatNumber } from "@/lib/format";
import { useProject } from "@/routing/use-project";

export function OverviewPage() {
  const project = useProject();
  return (
    <Page title={project.name} actions={<HealthBadge />}>
      <div className="grid grid-cols-1 gap-4">
        <Figures />
        <div className="grid grid-cols-1 items-start gap-4 lg:grid-cols-2">
          <GettingStarted project={project.slug} />
          <Activity project={project.slug} />
        </div>
        <Traffic project={project.slug} />
      </div>
    </Page>
  );
}

function Figures() {
  const project = useProject();
  const { data: all } = useSuspenseQuery(collectionsQuery(project.slug));
  const collections = all.filter((collection) => collection.name !== "users");
  const fields = collections.reduce((sum, collection) => sum + collection.fields.length, 0);
  const address = `${window.location.origin}/api/projects/${project.slug}`;
  return (
    <Card className="grid grid-cols-1 gap-px overflow-hidden bg-border sm:grid-cols-4">
      <Figure name={strings.collections} value={formatNumber(collections.length)} />
      <Figure name={strings.fields} value={formatNumber(fields)} />
      <Figure name={strings.version} value={formatNumber(project.schema_version)} />
      <Figure name={strings.role} value={project.role} />
      <div className="flex min-w-0 items-center gap-2 bg-card px-5 py-3 sm:col-span-4">
        <span className="text-xs text-muted-foreground">{strings.api}</span>
        <code className="min-w-0 flex-1 truncate font-mono text-xs" title={strings.apiAbout}>
          {address}
        </code>
        <CopyButton text={address} label={strings.copyApi} />
      </div>
    </Card>
  );
}

function Figure({ name, value }: { name: string; value: string }) {
  return (
    <div className="flex items-baseline justify-between gap-2 bg-card px-5 py-4 sm:block">
      <p className="text-xs text-muted-foreground">{name}</p>
      <p className="text-xl font-semibold capitalize tabular-nums sm:mt-0.5">{value}</p>
    </div>
  );
}

import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";

import { ErrorPanel } from "@/components/error-panel";
import { Page } from "@/components/page";
import { Alert } from "@/components/ui/alert";
import { Skeleton } from "@/components/ui/skeleton";
import { Tabs, TabsContent, TabsList, TabsTrigger } from "@/components/ui/tabs";
import { type Settings, settingsQuery } from "@/features/settings/api";
import { DangerZone } from "@/features/settings/components/danger-zone";
import { GeneralForm } from "@/features/settings/components/general-form";
import { LimitsForm } from "@/features/settings/components/limits-form";
import { OriginsForm } from "@/features/settings/components/origins-form";
import { RetentionForm } from "@/features/settings/components/retention-form";
import { Team } from "@/features/settings/components/team";
import { settingsRoute, type Tab, TABS } from "@/features/settings/routes";
import { strings } from "@/features/settings/strings";
import { useIsAdmin, useProject } from "@/routing/use-project";

export function SettingsPage() {
  const project = useProject();
  const { tab = "general" } = settingsRoute.useSearch();
  const navigate = useNavigate();
  const isAdmin = useIsAdmin();
  return (
    <Page title={strings.title} className="max-w-3xl">
      <Tabs
        value={tab}
        onValueChange={(next) =>
          void navigate({ to: ".", search: next === "general" ? {} : { tab: next as Tab } })
        }
      >
        <TabsList>
          {TABS.map((each) => (
            <TabsTrigger key={each} value={each}>
              {strings.tabs[each]}
            </TabsTrigger>
          ))}
        </TabsList>
        <TabsContent value="general">
          <GeneralForm key={project.updated_at} project={project} isAdmin={isAdmin} />
        </TabsContent>
        <TabsContent value="team">
          <Team project={project} isAdmin={isAdmin} />
        </TabsContent>
        <TabsContent value="api" className="grid grid-cols-1 gap-4">
          <WithSettings isAdmin={isAdmin} project={project.slug}>
            {(settings) => (
              <>
                <OriginsForm project={project.slug} settings={settings} />
                <LimitsForm project={project.slug} settings={settings} />
              </>
            )}
          </WithSettings>
        </TabsContent>
        <TabsContent value="retention" className="grid grid-cols-1 gap-4">
          <WithSettings isAdmin={isAdmin} project={project.slug}>
            {(settings) => <RetentionForm project={project.slug} settings={settings} />}
          </WithSettings>
        </TabsContent>
        <TabsContent value="danger">
          {isAdmin ? <DangerZone project={project} /> : <Alert>{strings.noRight}</Alert>}
        </TabsContent>
      </Tabs>
    </Page>
  );
}

function WithSettings({
  project,
  isAdmin,
  children,
}: {
  project: string;
  isAdmin: boolean;
  children: (settings: Settings) => React.ReactNode;
}) {
  const { data, error, refetch } = useQuery({ ...settingsQuery(project), enabled: isAdmin });
  if (!isAdmin) return <Alert>{strings.noRight}</Alert>;
  if (error) return <ErrorPanel error={error} onRetry={() => void refetch()} />;
  return data ? children(data) : <Skeleton className="h-64" />;
}

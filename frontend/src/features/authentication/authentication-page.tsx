import { NotFound } from "@/components/not-found";
import { Page } from "@/components/page";
import { TabLinks } from "@/components/tab-links";
import { MailsView } from "@/features/authentication/components/mails-view";
import { ProvidersView } from "@/features/authentication/components/providers-view";
import { RulesView } from "@/features/authentication/components/rules-view";
import { authenticationRoute } from "@/features/authentication/routes";
import { strings } from "@/features/authentication/strings";

const VIEWS: Record<string, () => React.ReactNode> = {
  "": RulesView,
  providers: ProvidersView,
  mails: MailsView,
};

export function AuthenticationPage() {
  const { project, view = "" } = authenticationRoute.useParams();
  const View = VIEWS[view];
  if (!View) return <NotFound />;
  const base = `/projects/${project}/authentication`;
  return (
    <Page
      title={strings.title}
      description={strings.about}
      className={view === "mails" ? "max-w-7xl" : undefined}
    >
      <TabLinks
        label={strings.parts}
        links={[
          { to: base, label: strings.views.rules, isExact: true },
          { to: `${base}/providers`, label: strings.views.providers },
          { to: `${base}/mails`, label: strings.views.mails },
        ]}
      />
      <View />
    </Page>
  );
}

import { useQuery } from "@tanstack/react-query";

import { ErrorPanel } from "@/components/error-panel";
import { Sheet, SheetBody, SheetContent, SheetHeader, SheetTitle } from "@/components/ui/sheet";
import { Skeleton } from "@/components/ui/skeleton";
import { Tabs, TabsContent, TabsList, TabsTrigger } from "@/components/ui/tabs";
import { orgQuery } from "@/features/organisations/api";
import { Members } from "@/features/organisations/components/members";
import { OrgForm } from "@/features/organisations/components/org-form";
import {
  organisationsRoute,
  type OrganisationsSearch,
  type Tab,
} from "@/features/organisations/routes";
import { strings } from "@/features/organisations/strings";

type Look = (change: Partial<OrganisationsSearch>) => void;

/** The organisation that the address names, or a new one. */
export function OrgSheet({ onLook }: { onLook: Look }) {
  const { org: id } = organisationsRoute.useSearch();
  const close = () => onLook({ org: undefined, tab: undefined });
  return (
    <Sheet open={id !== undefined} onOpenChange={(open) => !open && close()}>
      <SheetContent>
        {id === "new" && (
          <>
            <SheetHeader>
              <SheetTitle>{strings.create}</SheetTitle>
            </SheetHeader>
            <OrgForm onClose={close} onMade={(made) => onLook({ org: made })} />
          </>
        )}
        {id !== undefined && id !== "new" && <Known key={id} id={id} onLook={onLook} />}
      </SheetContent>
    </Sheet>
  );
}

function Known({ id, onLook }: { id: string; onLook: Look }) {
  const { project } = organisationsRoute.useParams();
  const { tab = "members" } = organisationsRoute.useSearch();
  const { data: org, error, refetch } = useQuery(orgQuery(project, id));
  const close = () => onLook({ org: undefined, tab: undefined });
  return (
    <>
      <SheetHeader>
        <SheetTitle className="truncate">{org?.name ?? strings.title}</SheetTitle>
        {org?.slug && <p className="font-mono text-xs text-muted-foreground">{org.slug}</p>}
      </SheetHeader>
      {!org && (
        <SheetBody>
          {error ? (
            <ErrorPanel error={error} onRetry={() => void refetch()} />
          ) : (
            <Skeleton role="status" aria-label="Loading" className="h-60" />
          )}
        </SheetBody>
      )}
      {org && (
        <Tabs
          value={tab}
          onValueChange={(next) => onLook({ tab: next as Tab })}
          className="flex min-h-0 flex-1 flex-col"
        >
          <TabsList className="px-5">
            <TabsTrigger value="members">{strings.members}</TabsTrigger>
            <TabsTrigger value="details">{strings.details}</TabsTrigger>
          </TabsList>
          <TabsContent value="members" className="min-h-0 flex-1 overflow-y-auto pt-0">
            <Members org={id} />
          </TabsContent>
          <TabsContent value="details" className="flex min-h-0 flex-1 flex-col pt-0">
            <OrgForm key={`${org.name} ${org.slug}`} org={org} onClose={close} />
          </TabsContent>
        </Tabs>
      )}
    </>
  );
}

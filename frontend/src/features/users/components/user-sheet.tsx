import { useQuery } from "@tanstack/react-query";

import { ErrorPanel } from "@/components/error-panel";
import { Sheet, SheetBody, SheetContent, SheetHeader, SheetTitle } from "@/components/ui/sheet";
import { Skeleton } from "@/components/ui/skeleton";
import { Tabs, TabsContent, TabsList, TabsTrigger } from "@/components/ui/tabs";
import { invitationsQuery, userQuery } from "@/features/users/api";
import { Standing, whoIs } from "@/features/users/columns";
import { NewUserForm } from "@/features/users/components/new-user-form";
import { ProfileForm } from "@/features/users/components/profile-form";
import { UserSessions } from "@/features/users/components/user-sessions";
import { strings } from "@/features/users/strings";
import { useUsersSearch } from "@/features/users/use-users-search";

/** The user that the address names, or a new one. */
export function UserSheet() {
  const { search, update } = useUsersSearch();
  const id = search.user;
  const close = () => update({ user: undefined });
  return (
    <Sheet open={id !== undefined} onOpenChange={(open) => !open && close()}>
      <SheetContent>
        {id === "new" && (
          <>
            <SheetHeader>
              <SheetTitle>{strings.create}</SheetTitle>
            </SheetHeader>
            <NewUserForm onClose={close} />
          </>
        )}
        {id !== undefined && id !== "new" && <KnownUser key={id} id={id} onClose={close} />}
      </SheetContent>
    </Sheet>
  );
}

function KnownUser({ id, onClose }: { id: string; onClose: () => void }) {
  const { project, role } = useUsersSearch();
  const { data: user, error, refetch } = useQuery(userQuery(project, id));
  const maySee = role !== "viewer";
  const { data: invitations } = useQuery({ ...invitationsQuery(project), enabled: maySee });
  const isInvited = invitations?.has(id) ?? false;
  return (
    <>
      <SheetHeader>
        <SheetTitle className="truncate">{user ? whoIs(user) : strings.title}</SheetTitle>
        {user && <Standing user={user} isInvited={isInvited} />}
      </SheetHeader>
      {error && (
        <SheetBody>
          <ErrorPanel error={error} onRetry={() => void refetch()} />
        </SheetBody>
      )}
      {!user && !error && (
        <SheetBody>
          <Skeleton role="status" aria-label="Loading" className="h-60" />
        </SheetBody>
      )}
      {user && (
        <Tabs defaultValue="profile" className="flex min-h-0 flex-1 flex-col">
          <TabsList className="px-5">
            <TabsTrigger value="profile">{strings.profile}</TabsTrigger>
            <TabsTrigger value="sessions">{strings.sessions}</TabsTrigger>
          </TabsList>
          <TabsContent value="profile" className="flex min-h-0 flex-1 flex-col pt-0">
            <ProfileForm
              key={user.updated_at}
              user={user}
              isInvited={isInvited}
              onClose={onClose}
            />
          </TabsContent>
          <TabsContent value="sessions" className="min-h-0 flex-1 overflow-y-auto pt-0">
            <UserSessions id={id} />
          </TabsContent>
        </Tabs>
      )}
    </>
  );
}

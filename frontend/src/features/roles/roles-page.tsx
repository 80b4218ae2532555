import { useQuery, useSuspenseQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { IdCardIcon, MessageCircleQuestionIcon, PencilIcon, PlusIcon } from "lucide-react";

import { EmptyState } from "@/components/empty-state";
import { Page } from "@/components/page";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { holdersQuery, type Role, rolePoliciesQuery, rolesQuery } from "@/features/roles/api";
import { RoleDialog } from "@/features/roles/components/role-dialog";
import { rolesRoute, type RolesSearch } from "@/features/roles/routes";
import { strings } from "@/features/roles/strings";
import { useIsAdmin, useProject } from "@/routing/use-project";

export function RolesPage() {
  const { slug } = useProject();
  const { data: roles } = useSuspenseQuery(rolesQuery(slug));
  const search = rolesRoute.useSearch();
  const navigate = useNavigate();
  const isAdmin = useIsAdmin();
  const go = (next: RolesSearch) => void navigate({ to: ".", search: next });
  const create = isAdmin && (
    <Button onClick={() => go({ create: true })}>
      <PlusIcon />
      {strings.create}
    </Button>
  );
  return (
    <Page title={strings.title} description={strings.about} actions={roles.length > 0 && create}>
      <Card>
        {roles.length === 0 ? (
          <EmptyState icon={IdCardIcon} title={strings.noneTitle} action={create}>
            <p>{strings.noneAbout}</p>
          </EmptyState>
        ) : (
          <ul className="divide-y">
            {roles.map((role) => (
              <RoleRow
                key={role.name}
                project={slug}
                role={role}
                onEdit={isAdmin ? () => go({ role: role.name }) : undefined}
              />
            ))}
          </ul>
        )}
      </Card>
      <RoleDialog
        project={slug}
        role={isAdmin ? roles.find(({ name }) => name === search.role) : undefined}
        isNew={isAdmin && search.create === true}
        onClose={() => go({})}
      />
    </Page>
  );
}

function RoleRow({ project, role, onEdit }: { project: string; role: Role; onEdit?: () => void }) {
  const { data: holders } = useQuery(holdersQuery(project, role.name));
  const { data: policies } = useQuery(rolePoliciesQuery(project));
  const naming = policies?.filter(({ principals }) => principals.includes(`role:${role.name}`));
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-3">
      <span className="min-w-0 flex-1 basis-48">
        <span className="block truncate font-mono text-sm font-medium">{role.name}</span>
        <span className="block text-sm text-muted-foreground">{role.description}</span>
      </span>
      <span className="flex flex-wrap items-center gap-x-4 gap-y-1 text-sm">
        <Link
          to={`/projects/${project}/users`}
          search={{ role: role.name }}
          className="text-primary underline-offset-4 hover:underline"
        >
          {holders && strings.holders(holders.count, holders.hasMore)}
        </Link>
        <Link
          to={`/projects/${project}/policies`}
          className="text-primary underline-offset-4 hover:underline"
          title={naming?.map(({ name }) => name).join("\n")}
        >
          {naming && strings.policies(naming.length)}
        </Link>
        {onEdit && (
          <>
            <Button asChild variant="ghost" size="sm">
              <Link
                to={`/projects/${project}/policies/explain`}
                search={{ principal: `role:${role.name}` }}
              >
                <MessageCircleQuestionIcon />
                {strings.explain}
              </Link>
            </Button>
            <Button
              variant="ghost"
              size="icon-sm"
              aria-label={strings.edit(role.name)}
              onClick={onEdit}
            >
              <PencilIcon />
            </Button>
          </>
        )}
      </span>
    </li>
  );
}

"""Routes of a project's members to the organisations of its users."""

from uuid import UUID

from fastapi import APIRouter, status

from app.api.deps import (
    AppServices,
    CurrentMember,
    ProjectAdmin,
    ProjectEditor,
    RequestOrigin,
    RoleRequiredError,
)
from app.api.openapi import problems
from app.api.paging import Page, PagingParams
from app.api.routing import ApiRoute
from app.engine.identity.attempts import TooManyAttemptsError
from app.engine.query.execute import RecordInUseError
from app.engine.schema.errors import SchemaBusyError, SchemaExistsError
from app.features.organisations.schemas import (
    OrganisationsState,
    OrgInvitationAccepted,
    OrgInvite,
    OrgMemberDetails,
    OrgRoleChange,
)
from app.features.organisations.service import enabling, invitations, members
from app.features.organisations.service.errors import (
    OrganisationsDisabledError,
    OrgLastOwnerError,
    OrgMemberNotFoundError,
    OrgNotFoundError,
)
from app.features.users.service.errors import UserNotFoundError

router = APIRouter(
    prefix="/api/projects/{project}/organisations", route_class=ApiRoute, tags=["organisations"]
)


@router.get("")
async def get_organisations(member: CurrentMember, services: AppServices) -> OrganisationsState:
    """Whether the project has organisations."""
    return await enabling.read_state(services, member.project)


@router.post("", responses=problems(RoleRequiredError, SchemaExistsError, SchemaBusyError))
async def enable_organisations(
    member: ProjectAdmin, services: AppServices, origin: RequestOrigin
) -> OrganisationsState:
    """Add the collections ``orgs`` and ``memberships``, with policies that let members see their
    own. Once more changes nothing."""
    return await enabling.enable(services, member, origin)


@router.get(
    "/orgs/{org}/members",
    responses=problems(RoleRequiredError, OrganisationsDisabledError, OrgNotFoundError),
)
async def list_members_of_org(
    org: UUID,
    member: ProjectEditor,
    services: AppServices,
    paging: PagingParams,
    origin: RequestOrigin,
) -> Page[OrgMemberDetails]:
    """Who belongs to an organisation, the first to join first."""
    found, page = await members.list_members(
        services, member, org, paging, origin, OrgMemberDetails
    )
    return Page(data=found, page=page)


@router.put(
    "/orgs/{org}/members/{user_id}",
    responses=problems(
        RoleRequiredError,
        OrganisationsDisabledError,
        OrgNotFoundError,
        UserNotFoundError,
        OrgLastOwnerError,
    ),
)
async def put_member_of_org(
    org: UUID,
    user_id: UUID,
    data: OrgRoleChange,
    member: ProjectAdmin,
    services: AppServices,
    origin: RequestOrigin,
) -> OrgMemberDetails:
    """Make a user a member of an organisation, or give a member another role."""
    return await members.put_member(services, member, org, user_id, data.role, origin)


@router.delete(
    "/orgs/{org}/members/{user_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problems(
        RoleRequiredError,
        OrganisationsDisabledError,
        OrgNotFoundError,
        OrgMemberNotFoundError,
        OrgLastOwnerError,
        RecordInUseError,
    ),
)
async def remove_member_of_org(
    org: UUID, user_id: UUID, member: ProjectAdmin, services: AppServices, origin: RequestOrigin
) -> None:
    """Take a member out of an organisation."""
    await members.remove_member(services, member, org, user_id, origin)


@router.post(
    "/orgs/{org}/invitations",
    status_code=status.HTTP_202_ACCEPTED,
    responses=problems(
        RoleRequiredError, OrganisationsDisabledError, OrgNotFoundError, TooManyAttemptsError
    ),
)
async def invite_to_org_as_member(
    org: UUID, data: OrgInvite, member: ProjectAdmin, services: AppServices, origin: RequestOrigin
) -> OrgInvitationAccepted:
    """Have an invitation to an organisation mailed."""
    await invitations.invite(services, member, org, data, origin)
    return OrgInvitationAccepted()

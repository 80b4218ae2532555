"""Routes of app users to their organisations. To a stranger an organisation does not exist."""

from typing import Final
from uuid import UUID

from fastapi import APIRouter, status

from app.api.deps import AppServices, CurrentUser, RequestOrigin
from app.api.openapi import problems
from app.api.paging import Page, PagingParams
from app.api.routing import ApiRoute
from app.core.errors import BackendifyError
from app.engine.identity.attempts import TooManyAttemptsError
from app.engine.identity.tokens import InvalidTokenError
from app.engine.query.execute import RecordInUseError
from app.features.organisations.schemas import (
    OrgCreate,
    OrgInvitationAccept,
    OrgInvitationAccepted,
    OrgInvite,
    OrgMemberRead,
    OrgRead,
    OrgRoleChange,
    OrgUpdate,
)
from app.features.organisations.service import invitations, members, orgs
from app.features.organisations.service.errors import (
    OrganisationsDisabledError,
    OrgInvitationAddressError,
    OrgLastOwnerError,
    OrgMemberNotFoundError,
    OrgNotFoundError,
    OrgRoleBeyondOwnError,
    OrgRoleRequiredError,
    OrgSlugTakenError,
)

router = APIRouter(
    prefix="/api/projects/{project}/auth/orgs", route_class=ApiRoute, tags=["organisations"]
)

_ONE: Final[tuple[type[BackendifyError], ...]] = (OrganisationsDisabledError, OrgNotFoundError)
_BY_ROLE: Final = (*_ONE, OrgRoleRequiredError)
_OF_MEMBERS: Final = (
    *_BY_ROLE,
    OrgMemberNotFoundError,
    OrgRoleBeyondOwnError,
    OrgLastOwnerError,
)


@router.post(
    "",
    status_code=status.HTTP_201_CREATED,
    responses=problems(OrganisationsDisabledError, OrgSlugTakenError),
)
async def create_org(
    data: OrgCreate, user: CurrentUser, services: AppServices, origin: RequestOrigin
) -> OrgRead:
    """Make an organisation and become its owner."""
    return await orgs.create_org(services, user, data, origin)


@router.get("", responses=problems(OrganisationsDisabledError))
async def list_orgs(
    user: CurrentUser, services: AppServices, paging: PagingParams, origin: RequestOrigin
) -> Page[OrgRead]:
    """The organisations that one belongs to, by name, each with one's role."""
    found, page = await orgs.list_orgs(services, user, paging, origin)
    return Page(data=found, page=page)


@router.post(
    "/invitations/accept",
    responses=problems(
        OrganisationsDisabledError,
        InvalidTokenError,
        OrgInvitationAddressError,
        TooManyAttemptsError,
    ),
)
async def accept_org_invitation(
    data: OrgInvitationAccept, user: CurrentUser, services: AppServices, origin: RequestOrigin
) -> OrgRead:
    """Become a member with a mailed token, signed in with the address it was mailed to."""
    return await invitations.accept(services, user, data.token, origin)


@router.get("/{org}", responses=problems(*_ONE))
async def get_org(
    org: UUID, user: CurrentUser, services: AppServices, origin: RequestOrigin
) -> OrgRead:
    """One organisation."""
    return await orgs.get_org(services, user, org, origin)


@router.patch("/{org}", responses=problems(*_BY_ROLE, OrgSlugTakenError))
async def update_org(
    org: UUID, data: OrgUpdate, user: CurrentUser, services: AppServices, origin: RequestOrigin
) -> OrgRead:
    """Change the name or the slug: for admins and owners."""
    return await orgs.change_org(services, user, org, data, origin)


@router.delete(
    "/{org}",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problems(*_BY_ROLE, RecordInUseError),
)
async def delete_org(
    org: UUID, user: CurrentUser, services: AppServices, origin: RequestOrigin
) -> None:
    """Delete an organisation, as an owner. What refers to it goes or stays by its relation's
    rule."""
    await orgs.delete_org(services, user, org, origin)


@router.get("/{org}/members", responses=problems(*_ONE))
async def list_org_members(
    org: UUID,
    user: CurrentUser,
    services: AppServices,
    paging: PagingParams,
    origin: RequestOrigin,
) -> Page[OrgMemberRead]:
    """Who belongs to it, the first to join first."""
    found, page = await members.list_members(services, user, org, paging, origin, OrgMemberRead)
    return Page(data=found, page=page)


@router.patch("/{org}/members/{user_id}", responses=problems(*_OF_MEMBERS))
async def change_org_member(
    org: UUID,
    user_id: UUID,
    data: OrgRoleChange,
    user: CurrentUser,
    services: AppServices,
    origin: RequestOrigin,
) -> OrgMemberRead:
    """Give a member another role: nobody gives more than they hold."""
    return await members.change_role(services, user, org, user_id, data.role, origin)


@router.delete(
    "/{org}/members/{user_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problems(*_OF_MEMBERS, RecordInUseError),
)
async def remove_org_member(
    org: UUID, user_id: UUID, user: CurrentUser, services: AppServices, origin: RequestOrigin
) -> None:
    """Take a member out, as an admin or owner; or leave."""
    await members.remove_member(services, user, org, user_id, origin)


@router.post(
    "/{org}/invitations",
    status_code=status.HTTP_202_ACCEPTED,
    responses=problems(*_BY_ROLE, OrgRoleBeyondOwnError, TooManyAttemptsError),
)
async def invite_to_org(
    org: UUID, data: OrgInvite, user: CurrentUser, services: AppServices, origin: RequestOrigin
) -> OrgInvitationAccepted:
    """Have an invitation mailed, as an admin or owner."""
    await invitations.invite(services, user, org, data, origin)
    return OrgInvitationAccepted()

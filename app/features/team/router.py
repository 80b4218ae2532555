"""Routes of members and invitations."""

from uuid import UUID

from fastapi import APIRouter, status

from app.api.deps import (
    CurrentAdmin,
    CurrentMember,
    ProjectAdmin,
    RoleRequiredError,
    Session,
)
from app.api.openapi import problems
from app.api.paging import Page, PagingParams
from app.api.routing import ApiRoute
from app.engine.identity.tokens import InvalidTokenError
from app.features.team import invitations, service
from app.features.team.errors import (
    InvitationNotFoundError,
    LastOwnerError,
    MemberExistsError,
    MemberNotFoundError,
    RoleBeyondOwnError,
)
from app.features.team.schemas import (
    InvitationCreated,
    InvitationRead,
    MemberAdd,
    MemberAdded,
    MemberRead,
    Membership,
    RoleChange,
)

router = APIRouter(prefix="/api", route_class=ApiRoute, tags=["team"])

MEMBERS = "/projects/{project}/members"
INVITATIONS = "/projects/{project}/invitations"


@router.get(MEMBERS)
async def list_members(
    member: CurrentMember, session: Session, paging: PagingParams
) -> Page[MemberRead]:
    """Who works on the project."""
    rows, page = await service.list_members(session, member, paging)
    return Page(data=[MemberRead.model_validate(row) for row in rows], page=page)


@router.post(
    MEMBERS,
    status_code=status.HTTP_201_CREATED,
    responses=problems(RoleRequiredError, RoleBeyondOwnError, MemberExistsError),
)
async def add_member(data: MemberAdd, member: ProjectAdmin, session: Session) -> MemberAdded:
    """Add an admin to the project, or invite whoever has this address.

    The token of an invitation is shown in this answer only.
    """
    return await service.add_member(session, member, data)


@router.patch(
    MEMBERS + "/{admin_id}",
    responses=problems(RoleRequiredError, RoleBeyondOwnError, MemberNotFoundError, LastOwnerError),
)
async def change_member_role(
    admin_id: UUID, data: RoleChange, member: ProjectAdmin, session: Session
) -> MemberRead:
    """Give a member another role."""
    return await service.change_role(session, member, admin_id, data.role)


@router.delete(
    MEMBERS + "/{admin_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problems(RoleBeyondOwnError, MemberNotFoundError, LastOwnerError),
)
async def remove_member(admin_id: UUID, member: CurrentMember, session: Session) -> None:
    """Take a member out of the project; anyone may leave it."""
    await service.remove_member(session, member, admin_id)


@router.get(INVITATIONS, responses=problems(RoleRequiredError))
async def list_invitations(
    member: ProjectAdmin, session: Session, paging: PagingParams
) -> Page[InvitationRead]:
    """The invitations nobody has accepted yet."""
    rows, page = await invitations.list_invitations(session, member, paging)
    return Page(data=[InvitationRead.model_validate(row) for row in rows], page=page)


@router.post(
    INVITATIONS,
    status_code=status.HTTP_201_CREATED,
    responses=problems(RoleRequiredError, RoleBeyondOwnError),
)
async def create_invitation(
    data: MemberAdd, member: ProjectAdmin, session: Session
) -> InvitationCreated:
    """Offer a role to an e-mail address. The token is shown in this answer only."""
    return await invitations.invite(session, member, data.email, data.role)


@router.delete(
    INVITATIONS + "/{invitation_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problems(RoleRequiredError, InvitationNotFoundError),
)
async def revoke_invitation(invitation_id: UUID, member: ProjectAdmin, session: Session) -> None:
    """Withdraw an invitation."""
    await invitations.revoke_invitation(session, member, invitation_id)


@router.post("/invitations/{token}/accept", responses=problems(InvalidTokenError))
async def accept_invitation(token: str, admin: CurrentAdmin, session: Session) -> Membership:
    """Accept an invitation to your own address."""
    return await invitations.accept_invitation(session, token, admin.principal)

"""Routes of a project's members to its users, their roles and invitations."""

from uuid import UUID

from fastapi import APIRouter, status

from app.api.deps import (
    AppServices,
    CurrentMember,
    ProjectAdmin,
    RequestOrigin,
    RoleRequiredError,
    Session,
    UsersEditor,
    UsersViewer,
)
from app.api.openapi import problems
from app.api.paging import Page, PagingParams
from app.api.routing import ApiRoute
from app.engine.query.execute import RecordInUseError
from app.features.accounts.service.errors import EmailTakenError, PasswordRefusedError
from app.features.accounts.service.sessions import SessionList
from app.features.users.models import Role
from app.features.users.schemas import (
    MailAccepted,
    RoleCreate,
    RoleRead,
    RoleUpdate,
    UserCreate,
    UserInvitationRead,
    UserRead,
    UserUpdate,
)
from app.features.users.service import mails, members, roles
from app.features.users.service.errors import (
    RoleExistsError,
    RoleInUseError,
    RoleNotFoundError,
    UnknownRolesError,
    UserNotFoundError,
)

router = APIRouter(prefix="/api/projects/{project}", route_class=ApiRoute, tags=["users"])


@router.get("/users")
async def list_users(
    member: UsersViewer,
    services: AppServices,
    search: members.SearchParams,
    paging: PagingParams,
) -> Page[UserRead]:
    """The project's users, the newest first."""
    found, page = await members.list_users(services, member, search, paging)
    return Page(data=found, page=page)


@router.post(
    "/users",
    status_code=status.HTTP_201_CREATED,
    responses=problems(RoleRequiredError, EmailTakenError, UnknownRolesError, PasswordRefusedError),
)
async def create_user(
    data: UserCreate,
    member: ProjectAdmin,
    services: AppServices,
    session: Session,
    origin: RequestOrigin,
) -> UserRead:
    """Make a user, with a password or with an invitation by mail."""
    return await members.create_user(session, services, member, data, origin)


@router.get("/users/invitations", responses=problems(RoleRequiredError))
async def list_user_invitations(
    member: UsersEditor, services: AppServices, paging: PagingParams
) -> Page[UserInvitationRead]:
    """The invitations nobody has accepted yet. Deleting the user withdraws one."""
    found, page = await members.list_invitations(services, member, paging)
    return Page(data=found, page=page)


@router.get("/users/{user_id}", responses=problems(UserNotFoundError))
async def get_user(user_id: UUID, member: UsersViewer, services: AppServices) -> UserRead:
    """One user."""
    return await members.get_user(services, member, user_id)


@router.patch(
    "/users/{user_id}",
    responses=problems(RoleRequiredError, UserNotFoundError, EmailTakenError, UnknownRolesError),
)
async def update_user(
    user_id: UUID,
    data: UserUpdate,
    member: ProjectAdmin,
    services: AppServices,
    session: Session,
    origin: RequestOrigin,
) -> UserRead:
    """Change a user's name, address, roles or status. Suspending ends every session of theirs."""
    return await members.update_user(session, services, member, user_id, data, origin)


@router.delete(
    "/users/{user_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problems(RoleRequiredError, UserNotFoundError, RecordInUseError),
)
async def delete_user(
    user_id: UUID, member: ProjectAdmin, services: AppServices, origin: RequestOrigin
) -> None:
    """Delete a user. What refers to them goes or stays by its relation's rule."""
    await members.remove_user(services, member, user_id, origin)


@router.get("/users/{user_id}/sessions", responses=problems(RoleRequiredError, UserNotFoundError))
async def list_sessions_of_user(
    user_id: UUID, member: UsersEditor, services: AppServices
) -> SessionList:
    """Where a user is signed in."""
    return await members.list_sessions(services, member, user_id)


@router.delete(
    "/users/{user_id}/sessions",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problems(RoleRequiredError, UserNotFoundError),
)
async def end_sessions_of_user(
    user_id: UUID, member: ProjectAdmin, services: AppServices, origin: RequestOrigin
) -> None:
    """End every session of a user."""
    await members.end_sessions(services, member, user_id, origin)


@router.post(
    "/users/{user_id}/password-reset",
    status_code=status.HTTP_202_ACCEPTED,
    responses=problems(RoleRequiredError, UserNotFoundError),
)
async def send_password_reset(
    user_id: UUID, member: ProjectAdmin, services: AppServices
) -> MailAccepted:
    """Have a link to a new password mailed to a user."""
    await members.send_mail(services, member, user_id, mails.RESET_PASSWORD)
    return MailAccepted()


@router.post(
    "/users/{user_id}/invitation",
    status_code=status.HTTP_202_ACCEPTED,
    responses=problems(RoleRequiredError, UserNotFoundError),
)
async def send_user_invitation(
    user_id: UUID, member: ProjectAdmin, services: AppServices
) -> MailAccepted:
    """Have an invitation mailed to a user, again or for the first time.

    It is for a first password: a user who has one is mailed nothing.
    """
    await members.send_mail(services, member, user_id, mails.INVITATION)
    return MailAccepted()


@router.get("/roles")
async def list_roles(
    member: CurrentMember, session: Session, paging: PagingParams
) -> Page[RoleRead]:
    """The roles that users may hold."""
    rows, page = await roles.list_roles(session, member, paging)
    return Page(data=[RoleRead.model_validate(row) for row in rows], page=page)


@router.post(
    "/roles",
    response_model=RoleRead,
    status_code=status.HTTP_201_CREATED,
    responses=problems(RoleRequiredError, RoleExistsError),
)
async def create_role(data: RoleCreate, member: ProjectAdmin, session: Session) -> Role:
    """Make a role."""
    return await roles.create_role(session, member, data)


@router.patch(
    "/roles/{name}",
    response_model=RoleRead,
    responses=problems(RoleRequiredError, RoleNotFoundError),
)
async def update_role(name: str, data: RoleUpdate, member: ProjectAdmin, session: Session) -> Role:
    """Change a role's description."""
    return await roles.update_role(session, member, name, data)


@router.delete(
    "/roles/{name}",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problems(RoleRequiredError, RoleNotFoundError, RoleInUseError),
)
async def delete_role(
    name: str, member: ProjectAdmin, services: AppServices, session: Session
) -> None:
    """Delete a role that nobody holds and nothing is built on."""
    await roles.delete_role(session, services, member, name)

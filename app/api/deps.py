"""What routes ask for: services, a session, the caller; and the guards.

Every route names one guard (``CurrentAdmin``, ``CurrentMember``, ``ProjectEditor``, …) or stands
in the list of public routes that the tests hold.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Annotated, Final, cast
from uuid import UUID

from fastapi import Depends, Request, Security
from fastapi.security import APIKeyHeader, HTTPBearer
from sqlalchemy.ext.asyncio import AsyncSession

from app.api.data_callers import address_of, find_data_caller
from app.api.rate_limits import group_of
from app.api.services import Services
from app.core.errors import ForbiddenError, UnauthenticatedError
from app.engine.changes.control_log import REQUEST_ID
from app.engine.identity.api_keys import credentials_of
from app.engine.identity.principal import Caller, MemberRole, Principal, Project
from app.engine.policy.authorize import require_grant
from app.engine.policy.model import Action
from app.engine.query.pipeline import Call

ROLES: Final[tuple[MemberRole, ...]] = ("viewer", "editor", "admin", "owner")
"""From the least to the most."""


class RoleRequiredError(ForbiddenError):
    """A member's role is too low for this."""

    code = "policy_role_required"

    def __init__(self, role: MemberRole) -> None:
        super().__init__(f"This needs the role {role!r} in the project.", required_role=role)


class ServiceKeyRequiredError(ForbiddenError):
    """The API key lacks the scope ``*:*``."""

    code = "service_key_required"

    def __init__(self) -> None:
        super().__init__("This takes a key with the scope *:*, or a member of the project.")


@dataclass(frozen=True, slots=True)
class SignedInAdmin:
    """An admin of the console, and the session that their token belongs to."""

    principal: Principal
    session_id: UUID

    @property
    def id(self) -> UUID:
        return cast(UUID, self.principal.id)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a request comes from: an address that proxies cannot have been told to forge.

    ``request_id`` names the request in the logs of changes.
    """

    address: str
    user_agent: str | None
    request_id: str | None = None


def has_role(caller: Caller, role: MemberRole) -> bool:
    """Whether the caller holds this role or a higher one."""
    return caller.role is not None and ROLES.index(caller.role) >= ROLES.index(role)


def is_service(caller: Caller) -> bool:
    """Whether the caller is a server that may do everything."""
    scopes = caller.principal.scopes
    return any((scope.collection, scope.action) == ("*", "*") for scope in scopes)


def get_services(request: Request) -> Services:
    return cast(Services, request.app.state.services)


AppServices = Annotated[Services, Depends(get_services)]


async def get_session(request: Request, services: AppServices) -> AsyncIterator[AsyncSession]:
    """One transaction of the control plane: committed when the route returns, else rolled back."""
    async with AsyncSession(services.database.engine, expire_on_commit=False) as session:
        session.info[REQUEST_ID] = request.scope["state"].get("request_id")
        async with session.begin():
            yield session


# With the default scope the commit would come after the response has gone, and a failed commit
# would still have answered 201.
Session = Annotated[AsyncSession, Depends(get_session, scope="function")]


def get_origin(request: Request) -> Origin:
    agent = request.headers.get("user-agent", "").replace("\0", "")[:300]
    address = request.client.host if request.client else "unknown"
    return Origin(address, agent or None, request.scope["state"].get("request_id"))


RequestOrigin = Annotated[Origin, Depends(get_origin)]

_BEARER = HTTPBearer(auto_error=False, scheme_name="bearer", description="An access token.")
"""Only so that the OpenAPI document tells: the header itself is read by ``Callers``."""


_API_KEY = APIKeyHeader(
    name="X-API-Key", auto_error=False, scheme_name="apiKey", description="A project's API key."
)


async def current_admin(
    request: Request, services: AppServices, _: Annotated[object, Security(_BEARER)]
) -> SignedInAdmin:
    principal, session_id = await services.callers.admin(_authorization(request))
    return SignedInAdmin(principal, session_id)


async def current_member(
    request: Request, project: str, services: AppServices, _: Annotated[object, Security(_BEARER)]
) -> Caller:
    """A member of the project in the path; for anyone else there is no such project."""
    member = await services.callers.member(_authorization(request), project)
    address = address_of(request.scope)
    await services.limits.count(member, "admin", address, request.scope["state"])
    return member


async def data_caller(
    request: Request,
    project: str,
    services: AppServices,
    _: Annotated[object, Security(_BEARER)],
    __: Annotated[object, Security(_API_KEY)],
) -> Caller:
    """Whoever asks for a project's data; what they may do there is for the policies to say."""
    headers = dict(request.scope["headers"])
    group = group_of(request.method, request.scope["route"].path)
    caller = await find_data_caller(services, request.scope, headers, project, group)
    return replace(caller, address=request.client.host if request.client else None)


async def operator(
    request: Request,
    project: str,
    services: AppServices,
    _: Annotated[object, Security(_BEARER)],
    __: Annotated[object, Security(_API_KEY)],
) -> Caller:
    """An editor of the project in the path, or a server with a service key (``*:*``)."""
    headers = dict(request.scope["headers"])
    if not credentials_of(headers):
        raise UnauthenticatedError("This takes credentials.", hint="Send an Authorization header.")
    caller = await find_data_caller(services, request.scope, headers, project, "admin")
    if caller.role is not None:
        if not has_role(caller, "editor"):
            raise RoleRequiredError("editor")
    elif caller.principal.kind != "api_key":
        raise UnauthenticatedError("This takes a member of the project, or a service key.")
    elif not is_service(caller):
        raise ServiceKeyRequiredError
    return caller


async def current_user(
    request: Request, project: str, services: AppServices, _: Annotated[object, Security(_BEARER)]
) -> Caller:
    """An app user of the project in the path; anyone else's token is none here."""
    user = await services.callers.user(_authorization(request), project)
    group = group_of(request.method, request.scope["route"].path)
    await services.limits.count(user, group, address_of(request.scope), request.scope["state"])
    return user


async def user_if_any(request: Request, project: str, services: AppServices) -> Caller | None:
    """The app user who asks, for routes that need none. Not a guard: a token that is no good is
    as good as none."""
    try:
        return await services.callers.user(_authorization(request), project)
    except UnauthenticatedError:
        return None


async def open_project(project: str, services: AppServices) -> Project:
    """The project in the path, for routes that need no credentials. Not a guard."""
    return (await services.callers.resolve("", project)).project


CurrentAdmin = Annotated[SignedInAdmin, Depends(current_admin)]
CurrentMember = Annotated[Caller, Depends(current_member)]
Operator = Annotated[Caller, Depends(operator)]
CurrentUser = Annotated[Caller, Depends(current_user)]
DataCaller = Annotated[Caller, Depends(data_caller)]
UserIfAny = Annotated[Caller | None, Depends(user_if_any)]
OpenProject = Annotated[Project, Depends(open_project)]


def require_role(role: MemberRole) -> Callable[[Caller], Awaitable[Caller]]:
    """A guard that lets members through who hold ``role`` or a higher one."""

    async def guard(member: CurrentMember) -> Caller:
        if not has_role(member, role):
            raise RoleRequiredError(role)
        return member

    return guard


def require_sight(collection: str, role: MemberRole = "viewer") -> Callable[..., Awaitable[Caller]]:
    """A guard of routes that show a system collection beside the data routes: where policies hide
    some of it from members below admin, it shows them none of it."""

    async def guard(member: CurrentMember, services: AppServices) -> Caller:
        if not has_role(member, role):
            raise RoleRequiredError(role)
        if not has_role(member, "admin"):
            catalog, access = await services.pipeline.ground(Call(member, collection))
            for action in _SIGHT:
                grant = require_grant(access, catalog.collections[collection], action)
                if grant.rows is not None or grant.is_partial:
                    raise ForbiddenError(f"Policies hide some of {collection!r} from you.")
        return member

    return guard


_SIGHT: Final[tuple[Action, ...]] = ("list", "read")
UsersViewer = Annotated[Caller, Depends(require_sight("users"))]
UsersEditor = Annotated[Caller, Depends(require_sight("users", "editor"))]
ProjectEditor = Annotated[Caller, Depends(require_role("editor"))]
ProjectAdmin = Annotated[Caller, Depends(require_role("admin"))]
ProjectOwner = Annotated[Caller, Depends(require_role("owner"))]

GUARDS: Final = (current_admin, current_member, current_user, data_caller, operator)
"""What a guarded route's dependencies lead to."""


def _authorization(request: Request) -> str:
    return request.headers.get("authorization", "")

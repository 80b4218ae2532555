"""What a project's members do to its users: making, inviting, changing, suspending, deleting."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Depends, Query
from sqlalchemy.ext.asyncio import AsyncSession

from app.api.deps import Origin
from app.api.paging import PageInfo, Paging
from app.api.services import Services
from app.engine.identity import compile_users as sql
from app.engine.identity.access import announce
from app.engine.identity.principal import Caller
from app.engine.identity.realms import Realm
from app.features.accounts.service import sessions
from app.features.accounts.service.accounts import Account, find_account
from app.features.accounts.service.errors import EmailTakenError
from app.features.accounts.service.passwords import check_new_password, store_password
from app.features.accounts.service.realms import Transaction, pool_of, realm_transaction
from app.features.users.schemas import UserCreate, UserInvitationRead, UserRead, UserUpdate
from app.features.users.service import mails, records
from app.features.users.service.account import delete_user
from app.features.users.service.errors import UserNotFoundError
from app.features.users.service.mailbox import forget_former, queue
from app.features.users.service.notices import log_of_user
from app.features.users.service.realms import load_realm
from app.features.users.service.roles import check_roles_exist

Status = Literal["active", "suspended"]


@dataclass(frozen=True, slots=True)
class Search:
    """Which users a list shows: those of whom ``text`` is part of the address or the name."""

    text: str | None
    status: Status | None
    role: str | None

    @property
    def pattern(self) -> str | None:
        if not self.text:
            return None
        escaped = self.text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        return f"%{escaped}%"


def _search(
    search: Annotated[str | None, Query(max_length=300)] = None,
    status: Status | None = None,
    role: Annotated[str | None, Query(max_length=63)] = None,
) -> Search:
    return Search(search, status, role)


SearchParams = Annotated[Search, Depends(_search)]


async def list_users(
    services: Services, caller: Caller, search: Search, paging: Paging
) -> tuple[list[UserRead], PageInfo]:
    """The newest first."""
    realm = await load_realm(services, caller.project)
    bounds = (search.pattern, search.status, search.role, paging.limit + 1, paging.offset)
    pool = await pool_of(services, realm)
    found = await records.list_users(services, pool, realm, *bounds)
    return found[: paging.limit], _info(paging, len(found))


async def get_user(services: Services, caller: Caller, user_id: UUID) -> UserRead:
    """Raises UserNotFoundError."""
    realm = await load_realm(services, caller.project)
    return await records.get_user(services, await pool_of(services, realm), realm, user_id)


async def create_user(
    session: AsyncSession, services: Services, caller: Caller, data: UserCreate, origin: Origin
) -> UserRead:
    """Make or invite a user. Raises EmailTakenError, UnknownRolesError, PasswordRefusedError."""
    realm = await load_realm(services, caller.project)
    password_hash = await _hashed(services, realm, data)
    roles = await check_roles_exist(session, caller.project.id, data.roles)

    async def work() -> UserRead:
        async with realm_transaction(services, realm) as connection:
            user = await records.insert_user(
                services,
                connection,
                realm,
                origin,
                profile={"name": data.name} if data.name else {},
                by=caller.principal,
                email=data.email,
                email_verified=data.email_verified,
                roles=roles,
            )
            if user is None:
                raise EmailTakenError
            if password_hash is not None:
                await store_password(connection, realm, user.id, password_hash)
            if data.invite:
                await _invite(connection, realm, data.email, data.redirect_to)
            return user

    return await records.on_current_schema(services, realm, work)


async def update_user(
    session: AsyncSession,
    services: Services,
    caller: Caller,
    user_id: UUID,
    data: UserUpdate,
    origin: Origin,
) -> UserRead:
    """Change a user. A new address, and a suspension, end every session of theirs; what else
    changes is heard of within seconds.

    Raises UserNotFoundError, EmailTakenError, UnknownRolesError.
    """
    realm = await load_realm(services, caller.project)
    columns = _columns(data)
    if "roles" in columns:
        columns["roles"] = await check_roles_exist(session, caller.project.id, columns["roles"])
    async with realm_transaction(services, realm) as connection:
        account = await find_account(connection, realm, user_id)
        if account is None:
            raise UserNotFoundError
        if data.email == account.email:
            columns.pop("email", None)
        writing = records.writing_as(caller.principal, origin)
        user = await records.update_user(services, connection, realm, user_id, writing, **columns)
        await _end_access(connection, realm, account, columns)
        return user


async def remove_user(services: Services, caller: Caller, user_id: UUID, origin: Origin) -> None:
    """Raises UserNotFoundError, RecordInUseError."""
    await get_user(services, caller, user_id)
    await delete_user(services, caller, user_id, origin)


async def list_sessions(services: Services, caller: Caller, user_id: UUID) -> sessions.SessionList:
    """Raises UserNotFoundError."""
    await get_user(services, caller, user_id)
    realm = await load_realm(services, caller.project)
    return await sessions.list_sessions(services, realm, user_id)


async def end_sessions(services: Services, caller: Caller, user_id: UUID, origin: Origin) -> None:
    """Raises UserNotFoundError."""
    await get_user(services, caller, user_id)
    realm = await load_realm(services, caller.project)
    async with realm_transaction(services, realm) as connection:
        await sessions.end_all_sessions(connection, realm, user_id)
        actor, action = caller.principal.actor, "user.sessions_ended"
        await log_of_user(connection, realm, actor, user_id, action, origin)


async def send_mail(services: Services, caller: Caller, user_id: UUID, kind: str) -> None:
    """Queue a mail to a user, if they have an address. Raises UserNotFoundError."""
    user = await get_user(services, caller, user_id)
    realm = await load_realm(services, caller.project)
    if user.email is not None:
        await queue(services.database.owner, realm, kind, user.email)


async def list_invitations(
    services: Services, caller: Caller, paging: Paging
) -> tuple[list[UserInvitationRead], PageInfo]:
    """Those nobody has accepted yet, the newest first."""
    pools = await services.database.placement(caller.project.id)
    statement = sql.list_invitations(caller.project.schema)
    rows = await pools.owner.fetch(statement, paging.limit + 1, paging.offset)
    found = [UserInvitationRead(**dict(row)) for row in rows]
    return found[: paging.limit], _info(paging, len(found))


async def _invite(
    connection: Transaction, realm: Realm, email: str, redirect_to: str | None
) -> None:
    data = {"redirect_to": redirect_to} if redirect_to else {}
    await queue(connection, realm, mails.INVITATION, email, data)


async def _end_access(
    connection: Transaction, realm: Realm, account: Account, columns: dict[str, Any]
) -> None:
    if "email" in columns:
        await forget_former(connection, realm, account)
    elif columns.get("status") == "suspended":
        await sessions.end_all_sessions(connection, realm, account.id)
    elif columns:
        await announce(connection, account.id)


async def _hashed(services: Services, realm: Realm, data: UserCreate) -> str | None:
    if data.password is None:
        return None
    await check_new_password(services, realm, data.password, data.email)
    return await services.passwords.hash(data.password)


def _columns(data: UserUpdate) -> dict[str, Any]:
    """What was given; only a name can be taken away."""
    given = data.model_dump(exclude_unset=True)
    return {n: value for n, value in given.items() if value is not None or n == "name"}


def _info(paging: Paging, found: int) -> PageInfo:
    return PageInfo(limit=paging.limit, offset=paging.offset, has_more=found > paging.limit)

"""The rows of a project's users: each write appends its change to the log, in one statement.

What users may say of themselves goes through the field types and rules of the schema, like any
record; what the product decides (address, status, roles) is set beside it.
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar, cast
from uuid import UUID

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from app.api.deps import Origin
from app.api.services import Services
from app.core.clock import utc_now
from app.core.errors import InvalidError, Violation
from app.core.ids import uuid7
from app.engine.catalog.model import Catalog, Collection
from app.engine.identity import compile_users as sql
from app.engine.identity.principal import Principal, Project
from app.engine.identity.realms import Realm
from app.engine.policy.model import EVERYTHING
from app.engine.query.defaults import Author
from app.engine.query.values import escape_pointer, nearest, parse_changes, parse_new
from app.engine.schema.system import is_system
from app.features.accounts.service.accounts import Asking
from app.features.accounts.service.errors import EmailTakenError
from app.features.users.schemas import UserRead
from app.features.users.service.errors import UserNotFoundError

EMAIL_INDEX: Final = "uq_sys_users_email"
_FIXED: Final = frozenset(sql.SHOWN)
_ALWAYS: Final = "name"
"""The one field of every project that users set of themselves."""

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Writing:
    """Who writes, and in which request: what the change log says of a row."""

    actor: str
    request_id: str | None


def writing_as(principal: Principal, origin: Origin) -> Writing:
    return Writing(principal.actor, origin.request_id)


def writing_of_user(user_id: UUID, origin: Origin) -> Writing:
    """A user who is just signing up or in."""
    return writing_as(Principal("app_user", user_id), origin)


async def insert_user(
    services: Services,
    connection: PoolConnectionProxy,
    realm: Realm,
    origin: Origin,
    *,
    profile: Mapping[str, Any],
    by: Principal | None = None,
    **fixed: Any,
) -> UserRead | None:
    """A new user; None where the address is taken. ``fixed`` are the columns that the product
    sets. Without ``by``, users make themselves.

    Raises InvalidError with every fault of the profile.
    """
    project = project_of(realm)
    user_id = uuid7()
    writing = writing_as(by, origin) if by else writing_of_user(user_id, origin)
    catalog = await services.catalogs.current(project.id)
    users = _users(catalog)
    check_profile(realm, users, profile)
    author = Author(user_id)
    record = parse_new(dict(profile), users, catalog, EVERYTHING, author)
    columns = record.columns | fixed | {"id": user_id}
    row = await connection.fetchrow(
        sql.insert_user(project.schema, tuple(columns)),
        _own(realm, users),
        writing.request_id,
        writing.actor,
        *columns.values(),
    )
    return None if row is None else read_user(row)


async def change_profile(
    services: Services,
    connection: PoolConnectionProxy,
    realm: Realm,
    user_id: UUID,
    writing: Writing,
    profile: Mapping[str, Any],
) -> UserRead:
    """Set what a user says of themselves. Raises InvalidError, UserNotFoundError."""
    catalog = await services.catalogs.current(project_of(realm).id)
    users = _users(catalog)
    check_profile(realm, users, profile)
    record = parse_changes(dict(profile), users, catalog, EVERYTHING)
    if record.changes or record.links:
        raise InvalidError("Only plain values can be set here.")
    return await update_user(services, connection, realm, user_id, writing, **record.columns)


async def update_user(
    services: Services,
    connection: PoolConnectionProxy,
    realm: Realm,
    user_id: UUID,
    writing: Writing,
    **columns: Any,
) -> UserRead:
    """Set columns of a user. Raises EmailTakenError, UserNotFoundError."""
    if not columns:
        return await get_user(services, connection, realm, user_id)
    project = project_of(realm)
    users = _users(await services.catalogs.current(project.id))
    try:
        row = await connection.fetchrow(
            sql.update_user(project.schema, tuple(columns)),
            _own(realm, users),
            writing.request_id,
            writing.actor,
            user_id,
            *columns.values(),
        )
    except asyncpg.UniqueViolationError as error:
        if error.constraint_name == EMAIL_INDEX:
            raise EmailTakenError from None
        raise
    if row is None:
        raise UserNotFoundError
    return read_user(row)


async def get_user(services: Services, asking: Asking, realm: Realm, user_id: UUID) -> UserRead:
    """Raises UserNotFoundError."""
    project = project_of(realm)
    users = _users(await services.catalogs.current(project.id))
    row = await asking.fetchrow(sql.find_user(project.schema), _own(realm, users), user_id)
    if row is None:
        raise UserNotFoundError
    return read_user(row)


async def list_users(
    services: Services, asking: Asking, realm: Realm, *bounds: Any
) -> list[UserRead]:
    """``bounds`` are search, status, role, limit and offset, as ``compile_users.list_users``."""
    project = project_of(realm)
    users = _users(await services.catalogs.current(project.id))
    rows = await asking.fetch(sql.list_users(project.schema), _own(realm, users), *bounds)
    return [read_user(row) for row in rows]


async def on_current_schema(
    services: Services, realm: Realm, work: Callable[[], Awaitable[Result]]
) -> Result:
    """Do the work again, once, if the schema turns out to have changed under it."""
    try:
        return await work()
    except (asyncpg.UndefinedColumnError, asyncpg.DatatypeMismatchError):
        await services.catalogs.refresh(project_of(realm).id)
        return await work()


def stand_in_user(realm: Realm, email: str, profile: Mapping[str, Any]) -> UserRead:
    """What a new user would look like: shown where an address is taken and nobody may learn it."""
    now = utc_now()
    own = {name: profile.get(name) for name in realm.rules.profile_fields if name not in _FIXED}
    return UserRead(
        id=uuid7(),
        email=email,
        email_verified=False,
        name=profile.get("name"),
        roles=[],
        status="active",
        created_at=now,
        updated_at=now,
        last_login_at=None,
        **own,
    )


def check_profile(realm: Realm, users: Collection, profile: Mapping[str, Any]) -> None:
    """Refuse what users may not set of themselves, as if there were no such field."""
    allowed = [_ALWAYS, *_own_names(realm, users)]
    faults = [
        Violation(
            f"/{escape_pointer(name)}",
            "unknown_field",
            "There is no such field.",
            nearest(name, allowed) or "Leave it out.",
        )
        for name in profile
        if name not in allowed
    ]
    if faults:
        raise InvalidError("Some values cannot be accepted.", errors=faults)


def read_user(row: Any) -> UserRead:
    shown = {name: row[name] for name in sql.SHOWN}
    own = json.loads(row["own"]) if row["own"] else {}
    return UserRead(**own | shown)


def project_of(realm: Realm) -> Project:
    return cast(Project, realm.project)


def _users(catalog: Catalog) -> Collection:
    return catalog.collections["users"]


def _own_names(realm: Realm, users: Collection) -> list[str]:
    """The setting's fields that there are: stored, and the owner's own."""
    found = (users.fields.get(name) for name in realm.rules.profile_fields)
    return [f.name for f in found if f is not None and f.is_stored and not _is_ours(f.id)]


def _own(realm: Realm, users: Collection) -> list[str]:
    return [users.fields[name].column for name in _own_names(realm, users)]


def _is_ours(field_id: str) -> bool:
    return is_system(field_id) or field_id in _FIXED

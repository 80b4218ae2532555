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
from app.core.errors import InvalidError
from app.core.ids import uuid7
from app.engine.catalog.model import Catalog, Collection
from app.engine.identity import compile_users as sql
from app.engine.identity.principal import Principal, Project
from app.engine.identity.realms import Realm
from app.engine.policy.model import EVERYTHING
from app.engine.query.defaults import Author
from app.engine.query.execute import refused
from app.engine.query.values import parse_changes, parse_new
from app.features.accounts.service.accounts import Asking
from app.features.accounts.service.errors import EmailTakenError
from app.features.users.schemas import UserRead
from app.features.users.service.errors import UserNotFoundError
from app.features.users.service.profiles import check_profile, check_tells_nothing, own_fields

EMAIL_INDEX: Final = "uq_sys_users_email"
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
    hides_taken: bool = False,
    **fixed: Any,
) -> UserRead | None:
    """A new user; None where the address is taken. ``fixed`` are the columns that the product
    sets. Without ``by``, users make themselves. ``hides_taken``: nobody is to learn whether the
    address is.

    Raises InvalidError with every fault of the profile, and what any write does where values are
    taken or point nowhere.
    """
    project = project_of(realm)
    user_id = uuid7()
    writing = writing_as(by, origin) if by else writing_of_user(user_id, origin)
    catalog = await services.catalogs.current(project.id)
    users = _users(catalog)
    check_profile(realm, users, profile)
    if hides_taken:
        check_tells_nothing(users, profile)
    author = Author(user_id)
    record = parse_new(dict(profile), users, catalog, EVERYTHING, author)
    columns = record.columns | fixed | {"id": user_id}
    try:
        row = await connection.fetchrow(
            sql.insert_user(project.schema, tuple(columns)),
            _own(realm, users),
            writing.request_id,
            writing.actor,
            *columns.values(),
        )
    except asyncpg.IntegrityConstraintViolationError as error:
        raise refused(error, users, EVERYTHING) from None
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
    except asyncpg.IntegrityConstraintViolationError as error:
        if error.constraint_name == EMAIL_INDEX:
            raise EmailTakenError from None
        raise refused(error, users, EVERYTHING) from None
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


def read_user(row: Any) -> UserRead:
    shown = {name: row[name] for name in sql.SHOWN}
    own = json.loads(row["own"]) if row["own"] else {}
    return UserRead(**own | shown)


def project_of(realm: Realm) -> Project:
    return cast(Project, realm.project)


def _users(catalog: Catalog) -> Collection:
    return catalog.collections["users"]


def _own(realm: Realm, users: Collection) -> list[str]:
    return [field.column for field in own_fields(realm, users)]

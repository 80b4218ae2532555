"""The rows of organisations and memberships: each write appends its change to the log, in one
statement. What owners added to the collections gets its default, like in any record."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any, Final, cast
from uuid import UUID

import asyncpg

from app.api.deps import Origin
from app.api.services import Services
from app.engine.catalog.model import Catalog
from app.engine.identity.principal import Caller
from app.engine.identity.realms import Realm
from app.engine.policy.model import EVERYTHING
from app.engine.query.defaults import Author
from app.engine.query.values import parse_changes, parse_new
from app.engine.schema.edits import edit_collection
from app.engine.schema.system import MEMBERSHIPS_ID, ORGS_ID, is_system
from app.features.accounts.service.accounts import Asking
from app.features.accounts.service.realms import Transaction, realm_transaction
from app.features.organisations import compile as sql
from app.features.organisations.schemas import OrgRole
from app.features.organisations.service.enabling import require_enabled
from app.features.organisations.service.errors import OrgNotFoundError, OrgSlugTakenError
from app.features.users.service.errors import UserNotFoundError
from app.features.users.service.realms import load_realm
from app.features.users.service.records import Writing, writing_as

SLUG_INDEX: Final = f"uq_{ORGS_ID}_slug"


@dataclass(frozen=True, slots=True)
class Acting:
    """Somebody at work on a project's organisations: an app user, or a member of the console,
    who stands above every organisation."""

    services: Services
    caller: Caller
    realm: Realm
    origin: Origin

    @property
    def schema(self) -> str:
        return self.caller.project.schema

    @property
    def id(self) -> UUID:
        return cast(UUID, self.caller.principal.id)

    @property
    def stands_above(self) -> bool:
        """A member of the console."""
        return self.caller.principal.kind == "admin_user"

    @property
    def writing(self) -> Writing:
        return writing_as(self.caller.principal, self.origin)

    async def catalog(self) -> Catalog:
        return await require_enabled(self.services, self.caller.project)


@dataclass(frozen=True, slots=True)
class Membership:
    id: UUID
    user_id: UUID
    role: OrgRole


async def begin(services: Services, caller: Caller, origin: Origin) -> Acting:
    """Raises OrganisationsDisabledError."""
    await require_enabled(services, caller.project)
    return Acting(services, caller, await load_realm(services, caller.project), origin)


@asynccontextmanager
async def locked_org(acting: Acting, org_id: UUID) -> AsyncIterator[Transaction]:
    """A transaction in which nobody else changes the organisation's members.

    Raises OrgNotFoundError.
    """
    async with realm_transaction(acting.services, acting.realm) as connection:
        await lock_org(acting, connection, org_id)
        yield connection


@asynccontextmanager
async def turn_at_org(acting: Acting, org_id: UUID) -> AsyncIterator[Transaction]:
    """The same, while its rows are free for another connection to delete."""
    async with realm_transaction(acting.services, acting.realm) as connection:
        await _take_turn(connection, org_id)
        yield connection


async def lock_org(acting: Acting, connection: Transaction, org_id: UUID) -> None:
    """Raises OrgNotFoundError."""
    await _take_turn(connection, org_id)
    if await connection.fetchval(sql.lock_org(acting.schema), org_id) is None:
        raise OrgNotFoundError


async def standing(acting: Acting, asking: Asking, org_id: UUID) -> OrgRole:
    """What the one at work may do in an organisation. Raises OrgNotFoundError for a stranger."""
    if acting.stands_above:
        return await _standing_above(acting, asking, org_id)
    found = await find_membership(asking, acting.schema, org_id, acting.id)
    if found is None:
        raise OrgNotFoundError
    return found.role


async def find_membership(
    asking: Asking, schema: str, org_id: UUID, user_id: UUID
) -> Membership | None:
    row = await asking.fetchrow(sql.find_membership(schema), org_id, user_id)
    return None if row is None else Membership(row["id"], row["user_id"], row["role"])


async def insert_org(
    acting: Acting, connection: Transaction, org_id: UUID, given: Mapping[str, Any]
) -> None:
    """Raises OrgSlugTakenError, InvalidError."""
    catalog = await acting.catalog()
    author = Author(acting.id)
    record = parse_new(dict(given), catalog.by_id[ORGS_ID], catalog, EVERYTHING, author)
    columns = record.columns
    columns.pop("id")
    statement = sql.insert_record(acting.schema, ORGS_ID, tuple(columns))
    await _write_org(acting, connection, statement, org_id, columns)


async def update_org(
    acting: Acting, connection: Transaction, org_id: UUID, given: Mapping[str, Any]
) -> None:
    """Raises OrgSlugTakenError, InvalidError."""
    catalog = await acting.catalog()
    columns = parse_changes(dict(given), catalog.by_id[ORGS_ID], catalog, EVERYTHING).columns
    if columns:
        statement = sql.update_record(acting.schema, ORGS_ID, tuple(columns))
        await _write_org(acting, connection, statement, org_id, columns)


async def insert_membership(
    acting: Acting, connection: Transaction, org_id: UUID, user_id: UUID, role: OrgRole
) -> bool:
    """False where the user is a member already. Raises UserNotFoundError, InvalidError."""
    catalog = await acting.catalog()
    stored = catalog.by_id[MEMBERSHIPS_ID]
    settable = edit_collection(
        stored,
        fields=[
            replace(field, read_only=False) if is_system(field.id) else field
            for field in stored.fields.values()
        ],
    )
    given = {"org": str(org_id), "user": str(user_id), "role": role}
    record = parse_new(given, settable, catalog, EVERYTHING, Author(acting.id))
    columns = record.columns
    membership_id = columns.pop("id")
    statement = sql.insert_membership(acting.schema, tuple(columns))
    try:
        made = await connection.fetchval(
            statement, membership_id, *_said(acting), *columns.values()
        )
    except asyncpg.ForeignKeyViolationError:
        raise UserNotFoundError from None
    return made is not None


async def update_membership(
    acting: Acting, connection: Transaction, membership: Membership, role: OrgRole
) -> None:
    statement = sql.update_record(acting.schema, MEMBERSHIPS_ID, ("role",))
    await connection.execute(statement, membership.id, *_said(acting), role)


async def _take_turn(connection: Transaction, org_id: UUID) -> None:
    key = int.from_bytes(org_id.bytes[8:], "big", signed=True)  # the random half
    await connection.execute(sql.TAKE_TURN, key)


async def _standing_above(acting: Acting, asking: Asking, org_id: UUID) -> OrgRole:
    if await asking.fetchval(sql.org_name(acting.schema), org_id) is None:
        raise OrgNotFoundError
    return "owner"


async def _write_org(
    acting: Acting,
    connection: Transaction,
    statement: str,
    org_id: UUID,
    columns: Mapping[str, Any],
) -> None:
    try:
        await connection.execute(statement, org_id, *_said(acting), *columns.values())
    except asyncpg.UniqueViolationError as error:
        if error.constraint_name == SLUG_INDEX:
            raise OrgSlugTakenError from None
        raise


def _said(acting: Acting) -> tuple[str | None, str]:
    """What the log says of a write."""
    return acting.writing.request_id, acting.writing.actor

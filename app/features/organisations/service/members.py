"""Who belongs to an organisation, and as what.

Whoever changes that holds the organisation's row, so that two who leave at once do not leave it
without an owner, and nobody acts by a role they have just lost.
"""

from typing import TypeVar
from uuid import UUID

from asyncpg import Record

from app.api.deps import Origin
from app.api.paging import PageInfo, Paging
from app.api.services import Services
from app.engine.identity.principal import Caller
from app.features.accounts.service.accounts import Asking
from app.features.accounts.service.realms import Transaction, pool_of
from app.features.organisations import compile as sql
from app.features.organisations.schemas import OrgMemberDetails, OrgMemberRead, OrgRole
from app.features.organisations.service.errors import (
    OrgLastOwnerError,
    OrgMemberNotFoundError,
)
from app.features.organisations.service.records import (
    Acting,
    Membership,
    begin,
    find_membership,
    insert_membership,
    locked_org,
    standing,
    update_membership,
)
from app.features.organisations.service.roles import check_may_deal_with
from app.features.users.service.deleting import delete_record, entitled
from app.features.users.service.records import on_current_schema

Shown = TypeVar("Shown", bound=OrgMemberRead)


async def list_members(
    services: Services,
    caller: Caller,
    org_id: UUID,
    paging: Paging,
    origin: Origin,
    shown: type[Shown],
) -> tuple[list[Shown], PageInfo]:
    """The first to join first. Raises OrgNotFoundError."""
    acting = await begin(services, caller, origin)
    pool = await pool_of(services, acting.realm)
    await standing(acting, pool, org_id)
    bounds = (paging.limit + 1, paging.offset)
    rows = await pool.fetch(sql.list_members(acting.schema), org_id, *bounds)
    info = PageInfo(limit=paging.limit, offset=paging.offset, has_more=len(rows) > paging.limit)
    return [_read(row, shown) for row in rows[: paging.limit]], info


async def change_role(
    services: Services, user: Caller, org_id: UUID, user_id: UUID, role: OrgRole, origin: Origin
) -> OrgMemberRead:
    """Give a member another role.

    Raises OrgNotFoundError, OrgMemberNotFoundError, OrgRoleRequiredError, OrgRoleBeyondOwnError,
    OrgLastOwnerError.
    """
    acting = await begin(services, user, origin)
    async with locked_org(acting, org_id) as connection:
        own = await standing(acting, connection, org_id)
        check_may_deal_with(own, role)
        held = await find_membership(connection, acting.schema, org_id, user_id)
        if held is None:
            raise OrgMemberNotFoundError
        check_may_deal_with(own, held.role)
        await _give(acting, connection, org_id, held, role)
        return await _get(acting, connection, org_id, user_id, OrgMemberRead)


async def put_member(
    services: Services, member: Caller, org_id: UUID, user_id: UUID, role: OrgRole, origin: Origin
) -> OrgMemberDetails:
    """Make a user a member of an organisation, or give a member another role.

    Raises OrgNotFoundError, UserNotFoundError, OrgLastOwnerError.
    """
    acting = await begin(services, member, origin)

    async def work() -> OrgMemberDetails:
        async with locked_org(acting, org_id) as connection:
            held = await find_membership(connection, acting.schema, org_id, user_id)
            if held is None:
                await insert_membership(acting, connection, org_id, user_id, role)
            else:
                await _give(acting, connection, org_id, held, role)
            return await _get(acting, connection, org_id, user_id, OrgMemberDetails)

    return await on_current_schema(services, acting.realm, work)


async def remove_member(
    services: Services, caller: Caller, org_id: UUID, user_id: UUID, origin: Origin
) -> None:
    """Take a member out, or leave.

    Raises OrgNotFoundError, OrgMemberNotFoundError, OrgRoleRequiredError, OrgRoleBeyondOwnError,
    OrgLastOwnerError, RecordInUseError.
    """
    acting = await begin(services, caller, origin)
    async with locked_org(acting, org_id) as connection:
        own = await standing(acting, connection, org_id)
        is_leaving = user_id == acting.id
        if not is_leaving:
            check_may_deal_with(own)
        held = await find_membership(connection, acting.schema, org_id, user_id)
        if held is None:
            raise OrgMemberNotFoundError
        if not is_leaving:
            check_may_deal_with(own, held.role)
        await _check_owner_remains(acting, connection, org_id, held)
        # By a connection of its own, while this one keeps everyone else waiting: what refers to a
        # membership goes or stays by its relation's rule.
        await delete_record(services, entitled(caller), "memberships", held.id, origin)


async def _give(
    acting: Acting, connection: Transaction, org_id: UUID, held: Membership, role: OrgRole
) -> None:
    if role == held.role:
        return
    await _check_owner_remains(acting, connection, org_id, held)
    await update_membership(acting, connection, held, role)


async def _check_owner_remains(
    acting: Acting, asking: Asking, org_id: UUID, leaving: Membership
) -> None:
    if leaving.role != "owner":
        return
    if not await asking.fetchval(sql.has_other_owner(acting.schema), org_id, leaving.user_id):
        raise OrgLastOwnerError


async def _get(
    acting: Acting, asking: Asking, org_id: UUID, user_id: UUID, shown: type[Shown]
) -> Shown:
    row = await asking.fetchrow(sql.find_member(acting.schema), org_id, user_id)
    if row is None:
        raise OrgMemberNotFoundError
    return _read(row, shown)


def _read(row: Record, shown: type[Shown]) -> Shown:
    return shown(**{name: row[name] for name in shown.model_fields})

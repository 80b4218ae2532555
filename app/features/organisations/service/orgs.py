"""An organisation: made by an app user, who becomes its owner, and kept by those who may."""

from uuid import UUID

from app.api.deps import Origin
from app.api.paging import PageInfo, Paging
from app.api.services import Services
from app.core.ids import uuid7
from app.engine.identity.principal import Caller
from app.features.accounts.service.accounts import Asking
from app.features.accounts.service.realms import pool_of, realm_transaction
from app.features.organisations import compile as sql
from app.features.organisations.schemas import OrgCreate, OrgRead, OrgUpdate
from app.features.organisations.service.errors import OrgNotFoundError
from app.features.organisations.service.records import (
    Acting,
    begin,
    insert_membership,
    insert_org,
    locked_org,
    standing,
    turn_at_org,
    update_org,
)
from app.features.organisations.service.roles import require
from app.features.users.service.deleting import delete_record, entitled
from app.features.users.service.records import on_current_schema


async def create_org(services: Services, user: Caller, data: OrgCreate, origin: Origin) -> OrgRead:
    """Raises OrganisationsDisabledError, OrgSlugTakenError."""
    acting = await begin(services, user, origin)

    async def work() -> OrgRead:
        org_id = uuid7()
        async with realm_transaction(services, acting.realm) as connection:
            await insert_org(acting, connection, org_id, data.model_dump(exclude_none=True))
            await insert_membership(acting, connection, org_id, acting.id, "owner")
            return await read_org(acting, connection, org_id)

    return await on_current_schema(services, acting.realm, work)


async def list_orgs(
    services: Services, user: Caller, paging: Paging, origin: Origin
) -> tuple[list[OrgRead], PageInfo]:
    """Those the user is a member of, by name."""
    acting = await begin(services, user, origin)
    pool = await pool_of(services, acting.realm)
    bounds = (paging.limit + 1, paging.offset)
    rows = await pool.fetch(sql.list_orgs(acting.schema), acting.id, *bounds)
    info = PageInfo(limit=paging.limit, offset=paging.offset, has_more=len(rows) > paging.limit)
    return [OrgRead(**dict(row)) for row in rows[: paging.limit]], info


async def get_org(services: Services, user: Caller, org_id: UUID, origin: Origin) -> OrgRead:
    """Raises OrgNotFoundError."""
    acting = await begin(services, user, origin)
    return await read_org(acting, await pool_of(services, acting.realm), org_id)


async def change_org(
    services: Services, user: Caller, org_id: UUID, data: OrgUpdate, origin: Origin
) -> OrgRead:
    """Raises OrgNotFoundError, OrgRoleRequiredError, OrgSlugTakenError."""
    acting = await begin(services, user, origin)
    given = data.model_dump(exclude_unset=True)
    if given.get("name", "") is None:
        del given["name"]

    async def work() -> OrgRead:
        async with locked_org(acting, org_id) as connection:
            require(await standing(acting, connection, org_id), "admin")
            await update_org(acting, connection, org_id, given)
            return await read_org(acting, connection, org_id)

    return await on_current_schema(services, acting.realm, work)


async def delete_org(services: Services, user: Caller, org_id: UUID, origin: Origin) -> None:
    """Delete it like any record: memberships go with it, and what else refers to it goes or stays
    by its relation's rule.

    Raises OrgNotFoundError, OrgRoleRequiredError, RecordInUseError.
    """
    acting = await begin(services, user, origin)
    async with turn_at_org(acting, org_id) as connection:
        require(await standing(acting, connection, org_id), "owner")
        # By a connection of its own, while this one keeps everyone else waiting.
        await delete_record(services, entitled(user), "orgs", org_id, origin)


async def read_org(acting: Acting, asking: Asking, org_id: UUID) -> OrgRead:
    """As the user at work sees it. Raises OrgNotFoundError."""
    row = await asking.fetchrow(sql.find_org(acting.schema), acting.id, org_id)
    if row is None:
        raise OrgNotFoundError
    return OrgRead(**dict(row))

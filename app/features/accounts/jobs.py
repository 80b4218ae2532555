"""Clearing away what has ended: sessions and one-time tokens long over, in both realms."""

import asyncio
from typing import Final
from uuid import UUID

import asyncpg
import structlog

from app.api.services import Services
from app.core.connection_errors import as_unavailable
from app.core.ids import project_schema
from app.engine.identity.compile_accounts import delete_old
from app.engine.identity.realms import Tables, project_tables
from app.features.accounts.service.realms import console_realm_of

PAUSE_SECONDS: Final = 3600
KEPT_DAYS: Final = 30
"""What has ended stays this long, for whoever looks into what happened."""

log = structlog.get_logger(__name__)


async def clear_ended(services: Services) -> None:
    """Every hour, until cancelled."""
    while True:
        await delete_ended(services)
        await asyncio.sleep(PAUSE_SECONDS)


async def delete_ended(services: Services) -> None:
    """Once, in the console and in every project."""
    owner = services.database.owner
    await _delete(owner, console_realm_of(services).tables)
    for row in await owner.fetch("SELECT id FROM backendify.projects ORDER BY id"):
        await _delete_in_project(services, row["id"])


async def _delete_in_project(services: Services, project_id: UUID) -> None:
    """One project whose database is away keeps its old rows for now, and no other waits for it."""
    try:
        pools = await services.database.placement(project_id)
        await _delete(pools.owner, project_tables(project_schema(project_id)))
    except (asyncpg.UndefinedTableError, asyncpg.InvalidSchemaNameError):
        log.info("project_gone", project_id=str(project_id))
    except Exception as error:
        if as_unavailable(error) is None:
            raise
        log.warning("clearing_failed", project_id=str(project_id), error=str(error))


async def _delete(pool: asyncpg.Pool, tables: Tables) -> None:
    for statement in delete_old(tables):
        await pool.execute(statement, KEPT_DAYS)

"""Removing what was dropped, once its retention is over."""

from datetime import datetime, timedelta
from uuid import UUID

import asyncpg

from app.engine.schema import ddl
from app.engine.schema.apply import lock_project, set_lock_wait
from app.engine.schema.physical import tombstone_name
from app.engine.schema.store import forget_tombstone, list_expired, load_current

LOCK_WAIT = 1.3  # longer than the second after which an autovacuum in the way is ended
_PROJECTS = """
SELECT DISTINCT t.project_id, coalesce((p.settings #>> '{schema,retention_days}')::int, $2) AS days
FROM backendify.schema_tombstones t JOIN backendify.projects p ON p.id = t.project_id
WHERE t.dropped_at < $1
"""
DEFAULT_DAYS = 7


async def purge_tombstones(pool: asyncpg.Pool, now: datetime) -> int:
    """Remove what is kept no longer in any project; how many objects went.

    What is in use by a long transaction is left for the next time.
    """
    purged = 0
    for row in await pool.fetch(_PROJECTS, now, DEFAULT_DAYS):
        retention = timedelta(days=row["days"])
        purged += await purge_project(pool, row["project_id"], now, retention)
    return purged


async def purge_project(
    pool: asyncpg.Pool, project_id: UUID, now: datetime, retention: timedelta
) -> int:
    """Remove one project's expired tombstones, each in a transaction of its own."""
    async with pool.acquire() as connection:
        expired = await list_expired(connection, project_id, now, retention)
    purged = 0
    for collection_id, field_id, kind in expired:
        try:
            await _purge_one(pool, project_id, collection_id, field_id, kind)
            purged += 1
        except (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError):
            continue
    return purged


async def _purge_one(
    pool: asyncpg.Pool, project_id: UUID, collection_id: str, field_id: str, kind: str
) -> None:
    async with pool.acquire() as connection, connection.transaction():
        await set_lock_wait(connection, LOCK_WAIT)
        await lock_project(connection, project_id)
        catalog = await load_current(connection, project_id)
        kept = tombstone_name(field_id or collection_id)
        owner = catalog.by_id.get(collection_id)
        table = owner.table if owner else tombstone_name(collection_id)
        if kind == "column":
            sql = ddl.drop_column_if_exists(catalog.schema, table, kept)
        else:
            sql = ddl.drop_table_if_exists(catalog.schema, kept)
        await connection.execute(sql)
        await forget_tombstone(connection, project_id, collection_id, field_id)

"""Telling every process that somebody's rights changed, so that no cache outlives them."""

from uuid import UUID

from asyncpg import Connection
from asyncpg.pool import PoolConnectionProxy
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

CHANNEL = "backendify_access"


async def announce_access_change(session: AsyncSession, subject: UUID) -> None:
    """Say, when the session commits, that cached rights of this admin or project are void."""
    await session.execute(select(func.pg_notify(CHANNEL, str(subject))))


async def announce(connection: Connection | PoolConnectionProxy, subject: UUID) -> None:
    """The same for an admin or an app user, in the transaction of a connection of the owner.

    Where a project is in another database, nobody hears it there: what is cached ends by itself
    within seconds.
    """
    await connection.execute("SELECT pg_notify($1, $2)", CHANNEL, str(subject))

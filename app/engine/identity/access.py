"""Telling every process that somebody's rights changed, so that no cache outlives them."""

from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

CHANNEL = "backendify_access"


async def announce_access_change(session: AsyncSession, subject: UUID) -> None:
    """Say, when the session commits, that cached rights of this admin or project are void."""
    await session.execute(select(func.pg_notify(CHANNEL, str(subject))))

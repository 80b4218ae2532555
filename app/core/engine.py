"""The SQLAlchemy engine of the control plane."""

from typing import cast

import asyncpg
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine

from app.core.pools import connect


def create_engine(dsn: str, *, size: int, wait_seconds: float = 5) -> AsyncEngine:
    """An engine that connects as the owner, with asyncpg reading the DSN as everywhere else."""

    async def owner_connection() -> asyncpg.Connection:
        return await connect(dsn, server_settings={"timezone": "UTC"})

    return create_async_engine(
        "postgresql+asyncpg://",
        async_creator=owner_connection,
        pool_size=size,
        max_overflow=0,
        pool_timeout=wait_seconds,
        pool_pre_ping=True,
        pool_recycle=1800,
    )


async def driver_connection(session: AsyncSession) -> asyncpg.Connection:
    """The bare connection under the session, in its transaction, which has begun."""
    raw = await (await session.connection()).get_raw_connection()
    return cast(asyncpg.Connection, raw.driver_connection)

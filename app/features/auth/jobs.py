"""Clearing away what has ended: sessions long over."""

import asyncio
from datetime import timedelta
from typing import Final

from sqlalchemy import delete, func
from sqlalchemy.ext.asyncio import AsyncSession

from app.api.services import Services
from app.engine.identity.admins import AdminSession

PAUSE_SECONDS: Final = 3600
KEPT: Final = timedelta(days=30)
"""Ended sessions stay this long, for whoever looks into what happened."""


async def clear_sessions(services: Services) -> None:
    """Every hour, until cancelled."""
    while True:
        await delete_old_sessions(services)
        await asyncio.sleep(PAUSE_SECONDS)


async def delete_old_sessions(services: Services) -> None:
    async with AsyncSession(services.database.engine) as session, session.begin():
        await session.execute(
            delete(AdminSession).where(AdminSession.expires_at < func.now() - KEPT)
        )

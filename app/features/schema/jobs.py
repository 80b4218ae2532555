"""What goes on without a request: online changes, and the end of what was dropped."""

import asyncio

from app.api.services import Services
from app.core.clock import utc_now
from app.engine.schema.online.runner import run_jobs_forever
from app.engine.schema.purge import purge_tombstones

PURGE_EVERY_SECONDS = 3_600


async def run_online_changes(services: Services) -> None:
    """Carry out online changes until cancelled."""
    await run_jobs_forever(services.database.owner)


async def purge_dropped(services: Services) -> None:
    """Remove dropped data whose retention is over, every hour."""
    while True:
        await purge_tombstones(services.database.owner, utc_now())
        await asyncio.sleep(PURGE_EVERY_SECONDS)

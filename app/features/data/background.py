"""What the data routes need done when nobody asks."""

import asyncio
import time

import structlog

from app.api.services import Services
from app.core.connection_errors import AWAY
from app.core.ids import project_schema
from app.engine.changes.fan_out import FanOut
from app.engine.changes.relay import Relay
from app.engine.query.compile_idempotency import delete_old_keys

LONGEST_SILENCE_SECONDS = 90.0
"""Longer than a sweep of all projects takes; a relay that is silent for longer hangs."""

SWEEP_SECONDS = 3_600.0
KEYS_AT_ONCE = 5_000

log = structlog.get_logger(__name__)
_running: dict[int, Relay] = {}


async def relay_changes(services: Services) -> None:
    """Number committed changes, in the order that every reader follows, and hand them on."""
    readers = [reader for feature in services.features for reader in feature.log_readers]
    fan_out = FanOut(services.database, readers, services)
    relay = Relay(services.database, fan_out.wake)
    _running[id(services)] = relay
    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(relay.run())
            tasks.create_task(fan_out.run())
    finally:
        _running.pop(id(services), None)


async def check_relay(services: Services) -> str | None:
    """What is wrong with this process's relay; nothing where another process runs it."""
    relay = _running.get(id(services))
    if relay is None or time.monotonic() - relay.swept_at < LONGEST_SILENCE_SECONDS:
        return None
    return "The change log has not been relayed for more than a minute."


async def sweep_keys(services: Services) -> None:
    """Forget the keys of requests that nobody repeats any more; every hour, until cancelled."""
    while True:
        await delete_keys(services)
        await asyncio.sleep(SWEEP_SECONDS)


async def delete_keys(services: Services) -> None:
    """Once, in every project."""
    for row in await services.database.owner.fetch("SELECT id FROM backendify.projects"):
        text = delete_old_keys(project_schema(row["id"]))
        try:
            pools = await services.database.placement(row["id"])
            while await pools.data.execute(text, KEYS_AT_ONCE) == f"DELETE {KEYS_AT_ONCE}":
                pass
        except AWAY as error:
            log.warning("keys_not_swept", project_id=str(row["id"]), error=str(error))

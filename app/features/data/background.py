"""What the data routes need done when nobody asks."""

import asyncio
import time

from app.api.services import Services
from app.engine.changes.fan_out import FanOut
from app.engine.changes.relay import Relay

LONGEST_SILENCE_SECONDS = 90.0
"""Longer than a sweep of all projects takes; a relay that is silent for longer hangs."""

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

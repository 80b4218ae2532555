"""Postgres notifications: a wake-up between processes, never the only carrier of a fact."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import asyncpg
import structlog

from app.core.errors import UnavailableError

RETRY_SECONDS = 1.0

log = structlog.get_logger(__name__)


Receive = Callable[[str], None]


async def listen(pool: asyncpg.Pool, channel: str, receive: Receive) -> None:
    """Call ``receive(payload)`` for each notification until cancelled; reconnects by itself.

    What is said while the connection is down is missed: callers sweep as well.
    """
    await listen_to(pool, {channel: receive})


async def listen_to(pool: asyncpg.Pool, receivers: Mapping[str, Receive]) -> None:
    """The same for several channels, on one connection."""
    while True:
        try:
            await _listen_once(pool, receivers)
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, UnavailableError) as error:
            log.warning("listen_interrupted", channel=",".join(receivers), error=str(error))
        await asyncio.sleep(RETRY_SECONDS)


async def _listen_once(pool: asyncpg.Pool, receivers: Mapping[str, Receive]) -> None:
    def received(_connection: Any, _pid: int, channel: str, payload: object) -> None:
        receivers[channel](str(payload))

    async with pool.acquire() as connection:
        closed = asyncio.Event()
        connection.add_termination_listener(lambda _: closed.set())
        try:
            for channel in receivers:
                await connection.add_listener(channel, received)
            await closed.wait()
        finally:
            if not connection.is_closed():
                for channel in receivers:
                    await connection.remove_listener(channel, received)

"""Postgres notifications: a wake-up between processes, never the only carrier of a fact."""

import asyncio
from collections.abc import Callable
from typing import Any

import asyncpg
import structlog

from app.core.errors import UnavailableError

RETRY_SECONDS = 1.0

log = structlog.get_logger(__name__)


async def listen(pool: asyncpg.Pool, channel: str, receive: Callable[[str], None]) -> None:
    """Call ``receive(payload)`` for each notification until cancelled; reconnects by itself.

    What is said while the connection is down is missed: callers sweep as well.
    """
    while True:
        try:
            await _listen_once(pool, channel, receive)
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, UnavailableError) as error:
            log.warning("listen_interrupted", channel=channel, error=str(error))
        await asyncio.sleep(RETRY_SECONDS)


async def _listen_once(pool: asyncpg.Pool, channel: str, receive: Callable[[str], None]) -> None:
    def received(_connection: Any, _pid: int, _channel: str, payload: object) -> None:
        receive(str(payload))

    async with pool.acquire() as connection:
        closed = asyncio.Event()
        connection.add_termination_listener(lambda _: closed.set())
        await connection.add_listener(channel, received)
        try:
            await closed.wait()
        finally:
            if not connection.is_closed():
                await connection.remove_listener(channel, received)

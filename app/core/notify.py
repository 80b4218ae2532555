"""Postgres notifications: a wake-up between processes, never the only carrier of a fact.

All of a process's listeners share one connection, outside the pools.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import asyncpg
import structlog

from app.core.connection_errors import AWAY
from app.core.tasks import end_tasks

FIRST_RETRY_SECONDS = 0.2
LONGEST_RETRY_SECONDS = 5.0
CHECK_SECONDS = 20.0
ANSWER_SECONDS = 5.0
STILL_THERE = "SELECT 'listening'"
"""Says in pg_stat_activity what the connection is for."""

log = structlog.get_logger(__name__)

Receive = Callable[[str], None]
Missed = Callable[[], None]


class Notices:
    """One connection that listens for everybody. ``connect`` opens it.

    What is said while it is down is missed: ``missed`` is called as soon as a channel is listened
    to (again), and callers sweep from time to time as well.
    """

    def __init__(self, connect: Callable[[], Awaitable[asyncpg.Connection]]) -> None:
        self._connect = connect
        self._listeners: dict[str, dict[object, tuple[Receive, Missed]]] = {}
        self._heard: set[str] = set()
        self._changed = asyncio.Event()
        self._running: asyncio.Task[None] | None = None

    async def listen(self, channel: str, receive: Receive, missed: Missed) -> None:
        """Call ``receive(payload)`` for each notification until cancelled."""
        mark = object()
        self._listeners.setdefault(channel, {})[mark] = (receive, missed)
        if channel in self._heard:
            missed()
        self._changed.set()
        if self._running is None:
            self._running = asyncio.create_task(self._run())
        try:
            await asyncio.Event().wait()
        finally:
            del self._listeners[channel][mark]
            if not self._listeners[channel]:
                del self._listeners[channel]
            self._changed.set()

    async def close(self) -> None:
        """Listen no more."""
        if self._running is not None:
            await end_tasks(self._running)

    async def _run(self) -> None:
        retry = FIRST_RETRY_SECONDS
        while True:
            try:
                connection = await self._connect()
            except AWAY as error:
                log.warning("listen_interrupted", error=str(error))
            else:
                retry = FIRST_RETRY_SECONDS
                await self._use(connection)
            await asyncio.sleep(retry)
            retry = min(LONGEST_RETRY_SECONDS, retry * 2)

    async def _use(self, connection: asyncpg.Connection) -> None:
        """Listen on a connection until it is lost."""
        connection.add_termination_listener(lambda _: self._changed.set())
        try:
            while not connection.is_closed():
                self._changed.clear()
                await self._follow(connection)
                with suppress(TimeoutError):
                    async with asyncio.timeout(CHECK_SECONDS):
                        await self._changed.wait()
                        continue
                await connection.execute(STILL_THERE, timeout=ANSWER_SECONDS)
        except AWAY as error:
            log.warning("listen_interrupted", error=str(error))
        finally:
            self._heard.clear()
            connection.terminate()

    async def _follow(self, connection: asyncpg.Connection) -> None:
        """Listen to the channels that are asked for, and to no others."""
        for channel in self._heard - self._listeners.keys():
            self._heard.discard(channel)
            await connection.remove_listener(channel, self._received)
        for channel in list(self._listeners.keys() - self._heard):
            await connection.add_listener(channel, self._received)
            self._heard.add(channel)
            for _, missed in list(self._listeners.get(channel, {}).values()):
                missed()

    def _received(self, _connection: Any, _pid: int, channel: str, payload: object) -> None:
        for receive, _ in list(self._listeners.get(channel, {}).values()):
            try:
                receive(str(payload))
            except Exception:
                log.exception("notification_failed", channel=channel)

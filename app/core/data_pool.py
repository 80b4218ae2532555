"""The pool of data requests: a stack of connections, and nothing done between two requests.

asyncpg's own pool costs three times what the query itself does (a proxy object, a shielded task
and a timer for each use). Connections here keep no session state, so none of it is needed.
"""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, Self

import asyncpg

from app.core.connection_errors import DatabaseBusyError

Connect = Callable[[], Awaitable[asyncpg.Connection]]


class DataPool:
    """At most ``size`` connections, the last one used first; waiting for one ends in a 503.

    ``connect`` opens a connection and raises UnavailableError where it cannot.
    """

    def __init__(self, connect: Connect, size: int, wait_seconds: float) -> None:
        self._connect = connect
        self._size = size
        self._wait_seconds = wait_seconds
        self._idle: list[asyncpg.Connection] = []
        self._open = 0
        self._born: dict[int, float] = {}
        self._young_since = 0.0
        self._waiting: deque[asyncio.Future[asyncpg.Connection | None]] = deque()

    async def fetch(self, text: str, *args: Any) -> list[Any]:
        """The rows of a statement."""
        connection = self._take() or await self._wait()
        try:
            rows: list[Any] = await connection.fetch(text, *args)
        except asyncio.CancelledError:
            connection.terminate()
            raise
        finally:
            self._give_back(connection)
        return rows

    async def fetchrow(self, text: str, *args: Any) -> Any:
        """The first row, or None."""
        async with self.acquire() as connection:
            return await connection.fetchrow(text, *args)

    async def fetchval(self, text: str, *args: Any) -> Any:
        """The first row's first value, or None."""
        async with self.acquire() as connection:
            return await connection.fetchval(text, *args)

    async def execute(self, text: str, *args: Any) -> str:
        """The statement's command tag."""
        async with self.acquire() as connection:
            tag: str = await connection.execute(text, *args)
            return tag

    @asynccontextmanager
    async def acquire(self) -> AsyncIterator[asyncpg.Connection]:
        """A connection for several statements; a transaction left open ends with it."""
        connection = self._take() or await self._wait()
        try:
            yield connection
        except asyncio.CancelledError:
            connection.terminate()
            raise
        finally:
            if not connection.is_closed() and connection.is_in_transaction():
                connection.terminate()
            self._give_back(connection)

    async def expire_connections(self) -> None:
        """Replace every connection as it is next used: a server process grows with use."""
        self._young_since = time.monotonic()

    async def close(self) -> None:
        """Close the idle connections; those in use are closed as they come back."""
        self._size = 0
        idle, self._idle = self._idle, []
        self._open -= len(idle)
        for connection in idle:
            await connection.close(timeout=2)

    def terminate(self) -> None:
        """Cut the idle connections."""
        for connection in self._idle:
            connection.terminate()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def _take(self) -> asyncpg.Connection | None:
        while self._idle:
            connection = self._idle.pop()
            if not connection.is_closed() and self._born[id(connection)] >= self._young_since:
                return connection
            self._drop(connection)
        return None

    async def _wait(self) -> asyncpg.Connection:
        """Open a connection if there may be another, or wait for one to come back."""
        if self._open < self._size:
            return await self._opened()
        waiter: asyncio.Future[asyncpg.Connection | None]
        waiter = asyncio.get_running_loop().create_future()
        self._waiting.append(waiter)
        try:
            async with asyncio.timeout(self._wait_seconds):
                connection = await waiter
        except TimeoutError:
            raise DatabaseBusyError("No database connection became free in time.") from None
        except asyncio.CancelledError:
            if waiter.done() and not waiter.cancelled() and waiter.result() is not None:
                self._give_back(waiter.result())  # type: ignore[arg-type]  # just looked
            raise
        return connection or self._take() or await self._wait()

    async def _opened(self) -> asyncpg.Connection:
        self._open += 1
        try:
            connection = await self._connect()
        except BaseException:
            self._open -= 1
            self._wake(None)
            raise
        self._born[id(connection)] = time.monotonic()
        return connection

    def _give_back(self, connection: asyncpg.Connection) -> None:
        if connection.is_closed() or self._size == 0:
            self._drop(connection)
            self._wake(None)
        elif not self._wake(connection):
            self._idle.append(connection)

    def _drop(self, connection: asyncpg.Connection) -> None:
        self._open -= 1
        self._born.pop(id(connection), None)
        if not connection.is_closed():
            connection.terminate()

    def _wake(self, connection: asyncpg.Connection | None) -> bool:
        """Hand the connection, or leave to open one, to whoever has waited longest."""
        while self._waiting:
            waiter = self._waiting.popleft()
            if not waiter.done():
                waiter.set_result(connection)
                return True
        return False

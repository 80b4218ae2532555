"""Writes of one shape that are asked for at the same time, done by one statement.

While few are asked for, each goes out by itself, at once. When statements are under way already,
those that come meanwhile go out together as soon as one of them lands, and no later than
``LONGEST_WAIT_SECONDS``. What cannot be done together is done one by one, so that nobody is
refused, and hardly anybody waits, for another's record.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

import asyncpg

from app.engine.query.execute import CONTENDED, STALE

MOST_IN_FLIGHT: Final = 2
MOST_TOGETHER: Final = 100
LARGEST_ROW_BYTES: Final = 16_000
LONGEST_WAIT_SECONDS: Final = 0.01

APART = (
    *STALE,
    *CONTENDED,
    asyncpg.IntegrityConstraintViolationError,
    asyncpg.DataError,
    asyncpg.LockNotAvailableError,
)
"""What one row may bring about, or another schema; nothing was written then. After a lost
connection nobody knows."""

Row = Sequence[Any]
"""``(verdict, record version, JSON)``."""


_BEGIN: Final = "BEGIN; SET LOCAL lock_timeout = '50ms'"
"""Whoever has to wait for longer does so by itself."""


class Pool(Protocol):
    """What statements run on."""

    async def fetch(self, text: str, *args: Any) -> list[Any]: ...

    def acquire(self) -> AbstractAsyncContextManager[Any]: ...


@dataclass(frozen=True, slots=True)
class Part:
    """A write's part of the joined statement ``text``: its row, as JSON by column.

    ``others`` are the statement's arguments but for the document of rows, which comes first;
    ``key`` is the record that it changes, None where it makes one.
    """

    text: str
    others: tuple[Any, ...]
    row: bytes
    key: Any = None


@dataclass(slots=True)
class _Group:
    """Writes that differ by their rows alone."""

    pool: Pool
    parts: list[Part] = field(default_factory=list)
    futures: list["asyncio.Future[Row | None]"] = field(default_factory=list)
    keys: set[Any] = field(default_factory=set)


class JoinedWrites:
    """The writes of one worker."""

    def __init__(self) -> None:
        self._flying = 0
        self._groups: dict[tuple[Any, ...], _Group] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def fetch(
        self, pool: Pool, text: str, args: Sequence[Any], part: Callable[[], Part]
    ) -> list[Row]:
        """The row of a write. Raises what its own statement, ``text``, raises."""
        if self._flying < MOST_IN_FLIGHT:
            self._flying += 1
            try:
                return await pool.fetch(text, *args)
            finally:
                self._landed()
        future = self._join(pool, part())
        row = None if future is None else await future
        return await pool.fetch(text, *args) if row is None else [row]

    def _join(self, pool: Pool, part: Part) -> "asyncio.Future[Row | None] | None":
        """What it comes to: no row where it cannot be done with others. None where it may not."""
        if len(part.row) > LARGEST_ROW_BYTES:
            return None
        loop = asyncio.get_running_loop()
        place = (id(pool), part.text, *map(repr, part.others))
        group = self._groups.get(place)
        if group is None:
            group = self._groups[place] = _Group(pool)
            loop.call_later(LONGEST_WAIT_SECONDS, self._leave, place, group)
        if part.key in group.keys:  # one statement changes a record once
            return None
        future: asyncio.Future[Row | None] = loop.create_future()
        group.parts.append(part)
        group.futures.append(future)
        if part.key is not None:
            group.keys.add(part.key)
        if len(group.parts) == MOST_TOGETHER:
            self._leave(place, group)
        return future

    def _landed(self) -> None:
        self._flying -= 1
        while self._groups and self._flying < MOST_IN_FLIGHT:
            self._leave(*next(iter(self._groups.items())))

    def _leave(self, place: tuple[Any, ...], group: _Group) -> None:
        if self._groups.get(place) is not group:
            return  # it has left
        del self._groups[place]
        self._flying += 1
        task = asyncio.create_task(self._fly(group))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _fly(self, group: _Group) -> None:
        waiting = group.futures
        try:
            rows = await _done(group)
        except BaseException as error:
            for future in waiting:
                if not future.done():
                    future.set_exception(error)
            if not isinstance(error, Exception):
                raise
        else:
            for future, row in zip(waiting, rows, strict=True):
                if not future.done():
                    future.set_result(row)
        finally:
            self._landed()


async def _done(group: _Group) -> Sequence[Row | None]:
    """A row for each, in order; nothing for any where they cannot be done together."""
    document = b"[%b]" % b",".join(part.row for part in group.parts)
    first = group.parts[0]
    nothing: Sequence[Row | None] = [None] * len(group.parts)
    async with group.pool.acquire() as connection:
        await connection.execute(_BEGIN)
        try:
            rows: Sequence[Row] = await connection.fetch(first.text, document, *first.others)
        except APART:
            await connection.execute("ROLLBACK")
            return nothing
        await connection.execute("COMMIT")
    return rows if rows[0][0] is None else nothing

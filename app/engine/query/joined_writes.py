"""Writes of one shape that are asked for at the same time, done by one statement.

None waits for longer than ``LONGEST_WAIT_SECONDS``. What cannot be done together is done one by
one, so that nobody is refused, and hardly anybody waits, for another's record.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Final, Protocol

import asyncpg

from app.engine.query.coalescing import Coalescer, Group
from app.engine.query.execute import CONTENDED, STALE

MOST_TOGETHER: Final = 100
LARGEST_ROW_BYTES: Final = 16_000
LONGEST_WAIT_SECONDS: Final = 0.01

APART = (
    *STALE,
    *CONTENDED,
    asyncpg.IntegrityConstraintViolationError,
    asyncpg.DataError,
    asyncpg.ProgramLimitExceededError,
    asyncpg.LockNotAvailableError,
    asyncpg.QueryCanceledError,
)
"""What one row may bring about, or many that take longer than one, or another schema; nothing was
written then. After a lost connection nobody knows."""

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


class _Writes(Group[Part, Row | None]):
    """Writes that differ by their rows alone. ``args`` are the first one's, by itself."""

    def __init__(self, kind: str, pool: Pool, args: Sequence[Any]) -> None:
        super().__init__(kind)
        self.pool = pool
        self.args = args
        self.keys: set[Any] = set()

    def takes(self, part: Part) -> bool:
        """Whether a write may come along: one statement changes a record once."""
        if part.key in self.keys:
            return False
        if part.key is not None:
            self.keys.add(part.key)
        return True

    async def do(self) -> Sequence[Row | None]:
        """A row for each; nothing for any where they cannot be done together."""
        if len(self.items) == 1:  # nobody came: a transaction of its own costs two round trips more
            return await self.pool.fetch(self.kind, *self.args)
        document = b"[%b]" % b",".join(part.row for part in self.items)
        first = self.items[0]
        nothing: Sequence[Row | None] = [None] * len(self.items)
        async with self.pool.acquire() as connection:
            await connection.execute(_BEGIN)
            try:
                rows: Sequence[Row] = await connection.fetch(first.text, document, *first.others)
            except APART:
                await connection.execute("ROLLBACK")
                return nothing
            await connection.execute("COMMIT")
        return rows if rows[0][0] is None else nothing


class JoinedWrites(Coalescer[_Writes]):
    """The writes of one worker."""

    async def fetch(
        self, pool: Pool, text: str, args: Sequence[Any], part: Callable[[], Part]
    ) -> list[Row]:
        """The row of a write. Raises what its own statement, ``text``, raises."""
        if self.goes_apart(text):
            return await pool.fetch(text, *args)
        if self.takes_off():
            try:
                return await pool.fetch(text, *args)
            finally:
                self.landed()
        future = self._join(pool, text, args, part())
        row = None if future is None else await future
        return await pool.fetch(text, *args) if row is None else [row]

    def _join(
        self, pool: Pool, text: str, args: Sequence[Any], part: Part
    ) -> "asyncio.Future[Row | None] | None":
        """What it comes to: no row where it cannot be done with others. None where it may not."""
        if len(part.row) > LARGEST_ROW_BYTES:
            return None
        place = (id(pool), part.text, *map(repr, part.others))

        def begin() -> _Writes:
            group = _Writes(text, pool, args)
            loop = asyncio.get_running_loop()
            loop.call_later(LONGEST_WAIT_SECONDS, self.leave, place, group)
            return group

        group = self.group(place, begin)
        if not group.takes(part):
            return None
        future = group.add(part)
        if len(group.items) == MOST_TOGETHER:
            self.leave(place, group)
        return future

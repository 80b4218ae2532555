"""Gets of one shape that are asked for at the same time, answered by one statement.

While few are asked for, each goes out by itself, at once. When statements are under way already,
those that come meanwhile wait for the next one to land and go out together.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from app.engine.query.compile import CompiledRead

MOST_IN_FLIGHT: Final = 2

Row = Sequence[Any]
"""``(version, total, keys, record version, JSON)``."""


class Pool(Protocol):
    """What statements run on."""

    async def fetch(self, text: str, *args: Any) -> list[Any]: ...


@dataclass(slots=True)
class _Group:
    """Gets that differ by their id alone: ``others`` are the arguments behind it."""

    pool: Pool
    text: str
    version: int
    others: tuple[Any, ...]
    waiting: list[tuple[Any, asyncio.Future[list[Row]]]] = field(default_factory=list)


class BatchedGets:
    """The gets of one worker."""

    def __init__(self) -> None:
        self._flying = 0
        self._groups: dict[tuple[Any, ...], _Group] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def fetch(
        self, pool: Pool, single: CompiledRead, batched: CompiledRead, args: Sequence[Any]
    ) -> list[Row]:
        """The rows of a get, whose arguments are the schema version, the id, and what its policies
        ask about."""
        if self._flying < MOST_IN_FLIGHT:
            self._flying += 1
            try:
                return await pool.fetch(single.text, *args)
            finally:
                self._landed()
        version, key, *rest = args
        others = tuple(rest)
        place = (id(pool), batched.text, version, *map(repr, others))
        group = self._groups.get(place)
        if group is None:
            group = self._groups[place] = _Group(pool, batched.text, version, others)
        future: asyncio.Future[list[Row]] = asyncio.get_running_loop().create_future()
        group.waiting.append((key, future))
        return await future

    def _landed(self) -> None:
        self._flying -= 1
        while self._groups and self._flying < MOST_IN_FLIGHT:
            group = self._groups.pop(next(iter(self._groups)))
            self._flying += 1
            task = asyncio.create_task(self._fly(group))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _fly(self, group: _Group) -> None:
        try:
            keys = list({key for key, _ in group.waiting})
            rows = await group.pool.fetch(group.text, group.version, keys, *group.others)
        except BaseException as error:
            for _, future in group.waiting:
                if not future.done():
                    future.set_exception(error)
            if not isinstance(error, Exception):
                raise
        else:
            _hand_out(rows, group)
        finally:
            self._landed()


def _hand_out(rows: Sequence[Row], group: _Group) -> None:
    found = {row[2][0]: row for row in rows if row[2] is not None}
    nothing: Row = (rows[0][0] if rows else None, None, None, None, None)
    for key, future in group.waiting:
        if not future.done():
            future.set_result([found.get(str(key), nothing)])

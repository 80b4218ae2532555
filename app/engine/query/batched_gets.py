"""Gets of one shape that are asked for at the same time, answered by one statement."""

from collections.abc import Sequence
from typing import Any, Protocol

from app.engine.query.coalescing import Coalescer, Group
from app.engine.query.compile import CompiledRead

Row = Sequence[Any]
"""``(version, total, keys, record version, JSON)``."""


class Pool(Protocol):
    """What statements run on."""

    async def fetch(self, text: str, *args: Any) -> list[Any]: ...


class _Gets(Group[Any, list[Row]]):
    """Gets that differ by their id, the item, alone: ``others`` are the arguments behind it."""

    def __init__(
        self, kind: str, pool: Pool, text: str, version: int, others: tuple[Any, ...]
    ) -> None:
        super().__init__(kind)
        self.pool, self.text, self.version, self.others = pool, text, version, others

    async def do(self) -> Sequence[list[Row]]:
        """The rows of each."""
        keys = list(set(self.items))
        rows = await self.pool.fetch(self.text, self.version, keys, *self.others)
        found = {row[2][0]: row for row in rows if row[2] is not None}
        nothing: Row = (rows[0][0] if rows else None, None, None, None, None)
        return [[found.get(str(key), nothing)] for key in self.items]


class BatchedGets(Coalescer[_Gets]):
    """The gets of one worker."""

    async def fetch(
        self, pool: Pool, single: CompiledRead, batched: CompiledRead, args: Sequence[Any]
    ) -> list[Row]:
        """The rows of a get, whose arguments are the schema version, the id, and what its policies
        ask about."""
        if self.goes_apart(single.text):
            return await pool.fetch(single.text, *args)
        if self.takes_off():
            try:
                return await pool.fetch(single.text, *args)
            finally:
                self.landed()
        version, key, *rest = args
        others = tuple(rest)
        place = (id(pool), batched.text, version, *map(repr, others))
        group = self.group(place, lambda: _Gets(single.text, pool, batched.text, version, others))
        return await group.add(key)

"""Opening the store that the settings name; and what holds while it is away."""

from collections.abc import Sequence

import asyncpg
import structlog

from app.core.connection_errors import AWAY
from app.core.counters.counters import Addition, Count, Counters
from app.core.counters.memory import MemoryCounters
from app.core.counters.postgres import PostgresCounters

log = structlog.get_logger(__name__)


def open_counters(storage: str, pool: asyncpg.Pool) -> Counters:
    """``memory``, ``postgres``, or the URL of a Redis server. Connects when first used."""
    if storage == "memory":
        return MemoryCounters()
    if storage == "postgres":
        return FallingBack(PostgresCounters(pool), AWAY)
    # Its client takes a tenth of a second to import: only those who use it wait for it.
    from redis.exceptions import RedisError

    from app.core.counters.redis import RedisCounters

    return FallingBack(RedisCounters(storage), (*AWAY, RedisError))


class FallingBack:
    """A shared store that counts in this process's memory while it cannot be reached.

    A limit so holds for each process instead of all of them: less strict, and nobody is shut out.
    ``away`` are the errors of a store that cannot be reached.
    """

    def __init__(self, shared: Counters, away: tuple[type[Exception], ...]) -> None:
        self.shared = shared
        self._away = away
        self._own = MemoryCounters()

    async def add(self, additions: Sequence[Addition]) -> list[Count]:
        try:
            return await self.shared.add(additions)
        except self._away as error:
            log.warning("counters_away", error=str(error))
            return await self._own.add(additions)

    async def forget(self, key: str) -> int:
        try:
            return await self.shared.forget(key)
        except self._away as error:
            log.warning("counters_away", error=str(error))
            return await self._own.forget(key)

    async def clear(self) -> None:
        await self._own.clear()
        try:
            await self.shared.clear()
        except self._away as error:
            log.warning("counters_away", error=str(error))

    async def close(self) -> None:
        await self.shared.close()

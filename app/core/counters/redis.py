"""Counters in Redis, or in whatever speaks its protocol: one key each, which expires by itself."""

from collections.abc import Sequence
from typing import Final

from redis.asyncio import BlockingConnectionPool, Redis

from app.core.counters.counters import Addition, Count

PREFIX: Final = "backendify:limit:"
TIMEOUT_SECONDS: Final = 1.0
MOST_CONNECTIONS: Final = 4
WAIT_SECONDS: Final = 5


class RedisCounters:
    def __init__(self, url: str) -> None:
        pool = BlockingConnectionPool.from_url(
            url,
            max_connections=MOST_CONNECTIONS,
            timeout=WAIT_SECONDS,
            socket_timeout=TIMEOUT_SECONDS,
            socket_connect_timeout=TIMEOUT_SECONDS,
        )
        self._redis = Redis.from_pool(pool)

    async def add(self, additions: Sequence[Addition]) -> list[Count]:
        async with self._redis.pipeline(transaction=True) as pipeline:
            for addition in additions:
                key = PREFIX + addition.key
                pipeline.set(key, 0, ex=addition.seconds, nx=True)
                pipeline.incrby(key, addition.amount)
                pipeline.pttl(key)
            answers = await pipeline.execute()
        return [
            Count(max(0, answers[n + 1]), max(0, answers[n + 2]) / 1000)
            for n in range(0, len(answers), 3)
        ]

    async def forget(self, key: str) -> int:
        return int(await self._redis.getdel(PREFIX + key) or 0)

    async def clear(self) -> None:
        """Keys expire by themselves."""

    async def close(self) -> None:
        await self._redis.aclose()

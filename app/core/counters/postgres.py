"""Counters that all processes of an installation share: one unlogged table."""

from collections.abc import Sequence
from typing import Final

import asyncpg

from app.core.counters.counters import Addition, Count

# Ordered by key, so that two processes lock the rows in one order.
_ADD: Final = """
INSERT INTO backendify.limit_counters AS c (key, count, ends_at)
SELECT key, greatest(0, amount), now() + make_interval(secs => seconds)
FROM unnest($1::text[], $2::bigint[], $3::float8[]) AS given(key, amount, seconds) ORDER BY key
ON CONFLICT (key) DO UPDATE SET
  count = CASE WHEN c.ends_at > now()
    THEN greatest(0, c.count + (
      SELECT amount FROM unnest($1::text[], $2::bigint[]) AS g(key, amount) WHERE g.key = c.key))
    ELSE excluded.count END,
  ends_at = CASE WHEN c.ends_at > now() THEN c.ends_at ELSE excluded.ends_at END
RETURNING key, count, extract(epoch FROM ends_at - now())::float8
"""
_FORGET: Final = """
DELETE FROM backendify.limit_counters WHERE key = $1
RETURNING CASE WHEN ends_at > now() THEN count ELSE 0 END
"""
_CLEAR: Final = "DELETE FROM backendify.limit_counters WHERE ends_at < now()"


class PostgresCounters:
    """``pool`` is the owner's."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def add(self, additions: Sequence[Addition]) -> list[Count]:
        rows = await self._pool.fetch(
            _ADD,
            [addition.key for addition in additions],
            [addition.amount for addition in additions],
            [float(addition.seconds) for addition in additions],
        )
        counts = {row[0]: Count(row[1], row[2]) for row in rows}
        return [counts[addition.key] for addition in additions]

    async def forget(self, key: str) -> int:
        return await self._pool.fetchval(_FORGET, key) or 0

    async def clear(self) -> None:
        await self._pool.execute(_CLEAR)

    async def close(self) -> None:
        """The pool is not ours to close."""

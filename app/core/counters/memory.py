"""Counters of one process."""

import time
from collections.abc import Sequence

from app.core.counters.counters import Addition, Count

MOST_KEYS = 100_000


class MemoryCounters:
    """Beyond ``MOST_KEYS`` the oldest windows are let go."""

    def __init__(self) -> None:
        self._held: dict[str, tuple[int, float]] = {}

    async def add(self, additions: Sequence[Addition]) -> list[Count]:
        return [self._add(addition, time.monotonic()) for addition in additions]

    async def forget(self, key: str) -> int:
        value, ends = self._held.pop(key, (0, 0.0))
        return value if ends > time.monotonic() else 0

    async def clear(self) -> None:
        now = time.monotonic()
        self._held = {key: held for key, held in self._held.items() if held[1] > now}

    async def close(self) -> None:
        self._held.clear()

    def _add(self, addition: Addition, now: float) -> Count:
        value, ends = self._held.get(addition.key, (0, 0.0))
        if ends <= now:
            self._held.pop(addition.key, None)  # so that the new window stands at the end
            value, ends = 0, now + addition.seconds
            self._make_room(now)
        value = max(0, value + addition.amount)
        self._held[addition.key] = (value, ends)
        return Count(value, ends - now)

    def _make_room(self, now: float) -> None:
        if len(self._held) < MOST_KEYS:
            return
        open_still = [item for item in self._held.items() if item[1][1] > now]
        self._held = dict(open_still[-MOST_KEYS // 2 :])

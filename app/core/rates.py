"""Rates: so many in so long, as settings say them (``600/minute``)."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

UNLIMITED: Final = "unlimited"

_RATE: Final = re.compile(r"([1-9][0-9]{0,8})/(second|minute|hour|day)")
_SECONDS: Final = {"second": 1, "minute": 60, "hour": 3_600, "day": 86_400}


@dataclass(frozen=True, slots=True)
class Rate:
    """At most ``most`` in windows of ``seconds``."""

    most: int
    seconds: int


@lru_cache(maxsize=10_000)
def parse_rate(text: str) -> Rate | None:
    """``<number>/<second|minute|hour|day>``, or None for ``unlimited``. Raises ValueError."""
    if text == UNLIMITED:
        return None
    parts = _RATE.fullmatch(text)
    if parts is None:
        raise ValueError("A rate is a number per second, minute, hour or day: 600/minute")
    return Rate(int(parts[1]), _SECONDS[parts[2]])

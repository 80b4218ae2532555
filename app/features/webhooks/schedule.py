"""When the next attempt is due, and for how long a failing endpoint is left alone. Pure."""

from collections.abc import Sequence
from random import uniform

BREAK_AFTER = 5
"""Failures in a row after which an endpoint's queue stops, and one delivery at a time probes."""

LONGEST_PAUSE_SECONDS = 300.0
_SHORTEST_PAUSE_SECONDS = 0.1
_JITTER = 0.1


def next_delay(schedule: Sequence[float], tries: int) -> float | None:
    """Seconds from a failure to the next attempt, ``tries`` having been made; None: that was all.

    Never less than the schedule says, so that the whole of it lasts as long as it says.
    """
    return None if tries >= len(schedule) else schedule[tries] * _jitter()


def pause(schedule: Sequence[float], pauses: int) -> float:
    """Seconds that the queue stops for, the ``pauses``th time in a row."""
    first = max(schedule[1] if len(schedule) > 1 else 0.0, _SHORTEST_PAUSE_SECONDS)
    grown = first * 2.0 ** min(pauses - 1, 20)
    return min(grown, LONGEST_PAUSE_SECONDS) * _jitter()


def _jitter() -> float:
    return uniform(1, 1 + _JITTER)  # noqa: S311 - spreads load, hides nothing

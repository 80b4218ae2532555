"""Slowing down those who guess: a count of attempts per subject and address, in memory.

Attempts count when they begin, so that many at once gain nothing. While the count is exceeded even
the right password is refused; another address is not, so that nobody can lock another out.
"""

import math
import time

from cachetools import TTLCache

from app.core.errors import TooManyRequestsError

WINDOW_SECONDS = 300
MOST_PER_SUBJECT = 10
MOST_PER_ADDRESS = 100

_KEPT = 100_000


class TooManyAttemptsError(TooManyRequestsError):
    """Too many attempts to sign in from one address; the right password has to wait as well."""

    code = "auth_too_many_attempts"


class Attempts:
    """Counts in windows of five minutes, each beginning with its first attempt."""

    def __init__(self, *, enabled: bool) -> None:
        self._enabled = enabled
        # The value is a list, so that counting does not begin the entry's life anew.
        self._counts: TTLCache[tuple[str, ...], list[float]] = TTLCache(_KEPT, WINDOW_SECONDS)

    def begin(self, subject: str, address: str) -> None:
        """Count an attempt. Raises TooManyAttemptsError."""
        if not self._enabled:
            return
        self._count((subject, address), MOST_PER_SUBJECT)
        self._count((address,), MOST_PER_ADDRESS)

    def succeeded(self, subject: str, address: str) -> None:
        """Forget the attempts that led to a success."""
        held = self._counts.pop((subject, address), None)
        total = self._counts.get((address,))
        if held is not None and total is not None:
            total[0] -= min(held[0], total[0])

    def _count(self, key: tuple[str, ...], most: int) -> None:
        now = time.monotonic()
        held = self._counts.setdefault(key, [0, now])
        if held[0] >= most:
            wait = max(1, math.ceil(held[1] + WINDOW_SECONDS - now))
            raise TooManyAttemptsError("Too many attempts. Try again later.", retry_after=wait)
        held[0] += 1

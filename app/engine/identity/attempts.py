"""Slowing down those who guess: a count of attempts per route, subject and address.

Attempts count when they begin, so that many at once gain nothing. While the count is exceeded even
the right password is refused; from another address it is not, so that nobody can lock another out.
The address is that of the connection, or what a trusted proxy says; never what a client says.
"""

import hashlib
import math
from typing import Final

from app.core.addresses import network_of
from app.core.counters.counters import Addition, Counters
from app.core.errors import TooManyRequestsError

WINDOW_SECONDS: Final = 300
MOST_PER_SUBJECT: Final = 10
MOST_PER_ADDRESS: Final = 100


class TooManyAttemptsError(TooManyRequestsError):
    """Too many attempts to sign in from one address; the right password has to wait as well."""

    code = "auth_too_many_attempts"


class Attempts:
    """Counts in windows of five minutes, each beginning with its first attempt."""

    def __init__(self, counters: Counters, *, enabled: bool) -> None:
        self._counters = counters
        self._enabled = enabled

    async def begin(self, route: str, subject: str, address: str) -> None:
        """Count an attempt. Raises TooManyAttemptsError.

        ``route`` is the route's id, not the path that was sent; ``subject`` is who would be signed
        in, or the token that is being guessed.
        """
        if self._enabled:
            await self._count(_subject_key(route, subject, address), MOST_PER_SUBJECT)
            await self._count(_address_key(address), MOST_PER_ADDRESS)

    async def succeeded(self, route: str, subject: str, address: str) -> None:
        """Forget the attempts that led to a success."""
        if not self._enabled:
            return
        held = await self._counters.forget(_subject_key(route, subject, address))
        if held:
            taken = -min(held, MOST_PER_SUBJECT)
            await self._counters.add([Addition(_address_key(address), taken, WINDOW_SECONDS)])

    async def _count(self, key: str, most: int) -> None:
        [count] = await self._counters.add([Addition(key, 1, WINDOW_SECONDS)])
        if count.value > most:
            wait = max(1, math.ceil(count.seconds_left))
            raise TooManyAttemptsError("Too many attempts. Try again later.", retry_after=wait)


def _subject_key(route: str, subject: str, address: str) -> str:
    # Hashed: whoever reads the counters learns no addresses of people.
    whole = "\0".join((route, subject, network_of(address)))
    return "auth:" + hashlib.sha256(whole.encode()).hexdigest()


def _address_key(address: str) -> str:
    return f"auth-address:{network_of(address)}"
